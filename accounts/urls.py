# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from accounts.views import accounts, history, invitations, members, organization, profile, tokens

app_name = "accounts"
urlpatterns = [
    path("profile/", profile.profile, name="profile"),
    path("organization/", organization.organization, name="organization"),
    path("organization/choose/", profile.choose_organization, name="choose-organization"),
    path("organization/people/", members.members, name="members"),
    path("organization/people/invite/", members.invite_member, name="invite"),
    path("organization/people/<int:pk>/", members.member, name="member"),
    path("organization/people/<int:pk>/remove/", members.remove_member, name="remove-member"),
    path("organization/invitations/<int:pk>/resend/", members.resend_invitation, name="resend-invitation"),
    path("organization/invitations/<int:pk>/revoke/", members.revoke, name="revoke-invitation"),
    path("organization/tokens/", tokens.tokens, name="tokens"),
    path("organization/tokens/new/", tokens.new_token, name="create-token"),
    path("organization/tokens/<int:pk>/revoke/", tokens.revoke, name="revoke-token"),
    path("organization/accounts/", accounts.accounts, name="accounts"),
    path("organization/accounts/new/", accounts.create_account, name="create-account"),
    path("organization/accounts/<int:pk>/", accounts.account, name="account"),
    path("organization/accounts/<int:pk>/edit/", accounts.edit_account, name="edit-account"),
    path("organization/accounts/<int:pk>/address/", accounts.new_address, name="new-address"),
    path("organization/accounts/<int:pk>/contacts/new/", accounts.new_contact, name="new-contact"),
    path("organization/contacts/<int:pk>/", accounts.edit_contact, name="edit-contact"),
    path("organization/contacts/<int:pk>/remove/", accounts.remove_contact, name="remove-contact"),
    path("invitation/<str:token>/", invitations.accept_invitation, name="accept-invitation"),
    path("history/<str:app_label>/<str:model>/<int:pk>/", history.history, name="history"),
]
