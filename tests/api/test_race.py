# SPDX-License-Identifier: Apache-2.0
"""Clients that send twice at the same moment, with real commits."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections
from django.test import Client

from accounts.scope import organization_scope
from metering.models import Reading, Register
from tests.api.client import make_token
from tests.api.test_push import READINGS, at
from tests.cast import Cast
from tests.metering.world import make_register

SENDERS = 4


def send_together(cast: Cast, register: Register, **headers: str) -> list[Any]:
    _token, written = make_token(cast.lindenhof)
    delivery = {
        "batch": "race",
        "readings": [{"register": register.pk, "at": at(n), "value": 100 + n} for n in range(20)],
    }
    start = Barrier(SENDERS)

    def send(_number: int) -> Any:
        try:
            client = Client(headers={"Authorization": f"Bearer {written}"} | headers)
            start.wait(timeout=20)
            return client.post(READINGS, delivery, content_type="application/json")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(send, range(SENDERS)))


def test_one_key_sent_by_several_at_once_acts_once(committed_cast: Cast) -> None:
    with organization_scope(committed_cast.lindenhof.id):
        register = make_register(committed_cast.lindenhof)
    answers = send_together(committed_cast, register, **{"Idempotency-Key": "once"})
    assert [answer.status_code for answer in answers] == [200] * SENDERS
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert answers[0].json()["written"] == 20
    assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == SENDERS - 1


def test_without_a_key_the_natural_key_still_stores_every_value_once(committed_cast: Cast) -> None:
    with organization_scope(committed_cast.lindenhof.id):
        register = make_register(committed_cast.lindenhof)
    answers = [answer.json() for answer in send_together(committed_cast, register)]
    assert sorted((answer["written"], answer["unchanged"]) for answer in answers) == [
        *[(0, 20)] * (SENDERS - 1), (20, 0),
    ]  # fmt: skip
    with organization_scope(committed_cast.lindenhof.id):
        assert Reading.objects.count() == 20
