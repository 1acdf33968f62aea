# SPDX-License-Identifier: Apache-2.0
"""The frame's own pages, probes, and what allauth brings."""

from accounts.rights import Right
from tests.route_expectations import library, needs, operator, public, signed_in

ROUTES = {
    "healthz": public(),
    "readyz": public(),
    "portal:home": needs(Right.HOME),
    "portal:consumption": needs(Right.CONSUMPTION_VIEW),
    "portal:invoices": needs(Right.INVOICE_VIEW),
    "portal:language": public(methods="POST"),
    "portal:appearance": public(methods="POST"),
    "portal:glossary": public(),
    "portal:design": operator(),
    # -------------------------------------------------------- sign-in (allauth)
    "account_login": public(),
    "account_logout": public(),
    "account_signup": public(),
    "account_inactive": public(),
    "account_reset_password": public(),
    "account_reset_password_done": public(),
    "account_reset_password_from_key": public(uidb36="a", key="b-c"),
    "account_reset_password_from_key_done": public(),
    "account_email_verification_sent": public(),
    "account_confirm_email": public(key="none"),
    "account_confirm_login_code": public(),
    "account_reauthenticate": signed_in(),
    "account_email": signed_in(),
    "account_change_password": signed_in(),
    "account_set_password": signed_in(),
    "mfa_authenticate": public(),
    "mfa_login_webauthn": public(),
    "mfa_index": signed_in(),
    "mfa_reauthenticate": signed_in(),
    "mfa_activate_totp": signed_in(),
    "mfa_deactivate_totp": signed_in(),
    "mfa_view_recovery_codes": signed_in(),
    "mfa_generate_recovery_codes": signed_in(),
    "mfa_download_recovery_codes": signed_in(),
    "mfa_list_webauthn": signed_in(),
    "mfa_add_webauthn": signed_in(),
    "mfa_reauthenticate_webauthn": signed_in(),
    "mfa_remove_webauthn": library(pk=1),
    "mfa_edit_webauthn": library(pk=1),
    "usersessions_list": signed_in(),
}
