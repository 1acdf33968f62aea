# SPDX-License-Identifier: Apache-2.0
"""All settings, from typed environment variables; `docs/operations.md` lists them."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("ZAEHLWERK_VAR", str(BASE_DIR / "var")))

# ---------------------------------------------------------------- who and where
DEBUG = env.flag("DEBUG")
DEMO = env.flag("ZAEHLWERK_DEMO")
DEVELOPMENT = DEBUG or DEMO or env.flag("ZAEHLWERK_DEVELOPMENT", default=not env.text("DATABASE_URL"))
SECRET_KEY = env.secret("SECRET_KEY", "development-only-key-not-for-production" if DEVELOPMENT else "")
if not SECRET_KEY:
    raise env.BadSetting("SECRET_KEY is not set. Give a long random text in SECRET_KEY or SECRET_KEY_FILE.")
# Secrets in the database (gateway passwords, keys) are encrypted with these; the first one writes.
FIELD_KEYS = env.words("FIELD_KEYS") or [SECRET_KEY]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# Loopback gateways exist only in the demo and in tests (reliability: address rules of the wire).
GATEWAY_LOOPBACK_ALLOWED = env.flag("GATEWAY_LOOPBACK_ALLOWED", default=DEMO)
CLOCK_FILE = env.text("ZAEHLWERK_CLOCK_FILE")

# ---------------------------------------------------------------- applications
INSTALLED_APPS = [
    "accounts",
    "jobs",
    "sites",
    "metering",
    "rfid",
    "gateway_bridge",
    "billing",
    "portal",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "rules",
    "pgtrigger",
    "pghistory",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.OrganizationMiddleware",
    "accounts.middleware.HistoryContextMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.context.shell",
            ],
            "builtins": ["portal.templatetags.ui"],
        },
    },
]
FORM_RENDERER = "portal.forms.Renderer"

# ---------------------------------------------------------------- database, broker, cache
# Two roles: `default` is the runtime role, which neither owns tables nor bypasses row-level
# security; `owner` runs migrations and is known only where they run.
DATABASE_URL = env.secret("DATABASE_URL")
DATABASE_OWNER_URL = env.secret("DATABASE_OWNER_URL")
REDIS_URL = env.secret("REDIS_URL")
RUNTIME_ROLE = "zaehlwerk_app"
if not DATABASE_URL or not REDIS_URL:
    from config import embedded  # a development dependency: the production image does without

    services = embedded.ensure()
    if not DATABASE_URL:
        DATABASE_URL, DATABASE_OWNER_URL = services.database_url, services.database_owner_url
    REDIS_URL = REDIS_URL or services.redis_url

if DATABASE_OWNER_URL:
    DATABASES = {"default": env.database(DATABASE_URL), "owner": env.database(DATABASE_OWNER_URL)}
else:
    # One login for both: the runtime connections step down to the runtime role.
    DATABASES = {
        "default": env.database(DATABASE_URL, runtime_role=RUNTIME_ROLE),
        "owner": env.database(DATABASE_URL),
    }
DATABASES["owner"]["TEST"] = {"MIRROR": None, "DEPENDENCIES": []}

CACHES = {
    # In PostgreSQL: pages and rate limits go on when the broker is down.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "accounts_cache"},
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")

# ---------------------------------------------------------------- sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEVELOPMENT
MFA_TOTP_ISSUER = "Zählwerk"
USERSESSIONS_TRACK_ACTIVITY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600

# ---------------------------------------------------------------- browser security
SECURE = env.flag("SECURE_COOKIES", default=not DEVELOPMENT)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=SECURE)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Measured to serve htmx, Alpine's CSP build, Tabler and ECharts without a violation (docs/adr).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "form-action": ["'self'"],
    },
}

# ---------------------------------------------------------------- languages, time, numbers
LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("fr", _("French")), ("it", _("Italian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Zurich"  # display only; a site's own zone decides its days and tariff hours
FORMAT_MODULE_PATH = ["config.formats"]

# ---------------------------------------------------------------- files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEVELOPMENT
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# ---------------------------------------------------------------- mail
EMAIL_URL = env.secret("EMAIL_URL")
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Zählwerk <noreply@zaehlwerk.example>")
EMAIL_TIMEOUT = 10
if EMAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(env.email(EMAIL_URL))
else:
    # Without a mail server, messages are kept as rows and shown on the outbox page.
    EMAIL_BACKEND = "jobs.mail.OutboxBackend"

# ---------------------------------------------------------------- tables, REST
DJANGO_TABLES2_TEMPLATE = "components/table.html"
DJANGO_TABLES2_PAGE_RANGE = 5
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.HasRight"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.description.Schema",
    "EXCEPTION_HANDLER": "accounts.api.problems.handle",
    "DEFAULT_PAGINATION_CLASS": "accounts.api.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttling.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {"token": env.text("API_RATE", "600/min")},
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Zählwerk API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Sites, billing points, meters, readings and invoices of one organization.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # With deep links, Swagger UI puts a link into each button, which a screen reader cannot tell apart.
    "SWAGGER_UI_SETTINGS": {"deepLinking": False, "defaultModelsExpandDepth": 0},
    "REDOC_DIST": "SIDECAR",
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "SiteStateEnum": "sites.models.sites.SiteState",
        "InvoiceStateEnum": "billing.models.InvoiceState",
    },
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

# ---------------------------------------------------------------- audit
PGHISTORY_APPEND_ONLY = True

# ---------------------------------------------------------------- logging
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING" if DEVELOPMENT else "INFO")},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
