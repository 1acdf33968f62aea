# SPDX-License-Identifier: Apache-2.0
"""The only door to the PDF engine (WeasyPrint): a document goes in, PDF/A-3b bytes come out.

Nothing is fetched: pictures come as `data:` within the page, and a page that asks for
anything else stops the rendering (reliability F6).  Equal snapshots give equal bytes:
dates are the snapshot's, the identifier is its hash.
"""

import ctypes
import ctypes.util
import gc
import hashlib
import warnings
from functools import cache, lru_cache
from threading import Lock
from typing import Any

from billing.documents.html import Source, document
from billing.documents.snapshot import InvoiceSnapshot

TYPEFACE = "Liberation Sans"
INSTALL = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation"
# All that our templates use of what browsers know about elements.
BASE_STYLE = """
html, body, div, p, h1, h2 { display: block }
head, meta, title { display: none }
b, h1, h2 { font-weight: bold }
svg { overflow: hidden }
"""
# Pango's objects are not made for several threads, and one font configuration serves all documents.
_ENGINE_LOCK = Lock()


class UnableToRender(RuntimeError):
    """The document could not be made; the message says why and, where known, what helps."""


def render_invoice(snapshot: InvoiceSnapshot) -> bytes:
    """
    The PDF of a snapshot, in this process.

    :raises InconsistentSnapshot: if its figures contradict each other.
    :raises UnableToRender: if the engine or its typeface is missing, or the page breaks the rules.
    """
    return render(document(snapshot), identifier=identifier(snapshot))


def identifier(snapshot: InvoiceSnapshot) -> bytes:
    """The PDF's file identifier: 16 bytes of the snapshot's SHA-256."""
    return hashlib.sha256(snapshot.to_json().encode()).digest()[:16]


def render(source: Source, *, identifier: bytes) -> bytes:
    """HTML and style sheet as PDF/A-3b.  Only documents of this package are made for it."""
    engine = _engine()
    with _ENGINE_LOCK, warnings.catch_warnings():
        # The engine leaves its colour profile to be closed by the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        page = _page_class()(string=source.html, url_fetcher=_fetcher())
        try:
            pdf: bytes = page.write_pdf(
                stylesheets=[_style_sheet(source.css)],
                font_config=_font_configuration(),
                pdf_variant="pdf/a-3b",
                pdf_identifier=identifier,
            )
        except engine.urls.FatalURLFetchingError as refusal:
            raise UnableToRender(str(refusal)) from refusal
    return pdf


def prepare_process() -> None:
    """
    For a process that does nothing but render: load the engine now, and take what is loaded
    out of the garbage collector's sight, so that its full rounds walk documents only.
    """
    _engine()
    _font_configuration()
    gc.collect()
    gc.freeze()


@cache
def _engine() -> Any:
    try:
        # Not above: it takes a second and the system's libraries, and web processes need neither.
        import weasyprint
    except OSError as refusal:
        raise UnableToRender(
            f"The PDF engine lacks a library ({refusal}). Install it: {INSTALL}"
        ) from refusal
    if not has_typeface(TYPEFACE):
        raise UnableToRender(f"The typeface {TYPEFACE} is missing. Install it: {INSTALL}")
    return weasyprint


@cache
def _page_class() -> Any:
    base: Any = _engine().HTML
    own = _style_sheet(BASE_STYLE)

    class Page(base):  # type: ignore[misc]
        """A page without the style sheet for all of HTML: matching it took a tenth of the time."""

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return [own]

    return Page


@cache
def _fetcher() -> Any:
    engine = _engine()
    base: Any = engine.urls.URLFetcher

    class DataOnly(base):  # type: ignore[misc]
        """Hands out what is in the page; a wish for anything else is a fault and stops everything."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith("data:"):
                raise engine.urls.FatalURLFetchingError(f"The document asks for {url[:200]!r}: refused.")
            return super().fetch(url, headers)

    return DataOnly(allowed_protocols={"data"}, allow_redirects=False)


@cache
def _font_configuration() -> Any:
    return _engine().text.fonts.FontConfiguration()


@lru_cache(maxsize=64)
def _style_sheet(css: str) -> Any:
    return _engine().CSS(string=css, url_fetcher=_fetcher())


def has_typeface(family: str) -> bool:
    """Whether fontconfig answers a request for `family` with that family and no stand-in."""
    library = ctypes.util.find_library("fontconfig")
    if library is None:
        return False
    fontconfig = ctypes.CDLL(library)
    for function in ("FcNameParse", "FcFontMatch"):
        getattr(fontconfig, function).restype = ctypes.c_void_p
    wanted = ctypes.c_void_p(fontconfig.FcNameParse(family.encode()))
    fontconfig.FcConfigSubstitute(None, wanted, 0)
    fontconfig.FcDefaultSubstitute(wanted)
    outcome, found = ctypes.c_int(), ctypes.c_char_p()
    match = ctypes.c_void_p(fontconfig.FcFontMatch(None, wanted, ctypes.byref(outcome)))
    try:
        if not match:
            return False
        fontconfig.FcPatternGetString(match, b"family", 0, ctypes.byref(found))
        return (found.value or b"").decode().casefold() == family.casefold()
    finally:
        for pattern in filter(None, (wanted, match)):
            fontconfig.FcPatternDestroy(pattern)
