# SPDX-License-Identifier: Apache-2.0
"""How the API describes itself (OpenAPI 3.0): every operation with the one shape of its refusals."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

PROBLEM = "application/problem+json"
REFUSALS = {
    "400": "Something in the request cannot be understood; `errors` names each place.",
    "401": "No token, or one that is not known, has expired or was revoked.",
    "403": "The token or person lacks the right.",
    "404": "Not there, or not yours: the answer is the same.",
    "429": "Too many requests with this token; `Retry-After` says for how many seconds to wait.",
}


class ProblemErrorSerializer(serializers.Serializer):
    """One thing that is wrong, and where."""

    code = serializers.CharField(help_text="For programs.")
    detail = serializers.CharField(help_text="For people.")
    field = serializers.CharField(
        allow_null=True,
        help_text="The place in the request: `site`, `readings.3.at`; null where there is none.",
    )


class ProblemSerializer(serializers.Serializer):
    """A refusal (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    errors = ProblemErrorSerializer(many=True)


class Schema(AutoSchema):
    """drf-spectacular's description, completed by refusals, 304 and readable operation ids."""

    def _get_response_bodies(self, direction: str = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        if self.method == "GET":
            bodies["304"] = {
                "description": "Unchanged since the answer whose `ETag` came as `If-None-Match`."
            }
        for code, words in REFUSALS.items():
            if code != "404" or "{" in self.path or self.path.endswith(("/intervals/", "/totals/")):
                refusal = OpenApiResponse(ProblemSerializer, words)
                bodies[code] = self._get_response_for_code(refusal, code, [PROBLEM], direction)
        return dict(sorted(bodies.items()))
