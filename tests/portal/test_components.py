# SPDX-License-Identifier: Apache-2.0
"""Tags, filters, forms, tables and charts: what they write."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django import forms
from django.db.backends.postgresql.psycopg_any import DateRange
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from accounts.rights import Actor, Role
from accounts.web.fields import PeriodField, contrast_with_white
from portal import navigation
from portal.templatetags import ui
from tests.house import ROOT, text_of, tracked


def drawn(template: str, **context: Any) -> str:
    with translation.override("en"):
        return Template(template).render(
            Context({"request": RequestFactory().get("/x/?a=1&page=3"), **context})
        )


def test_a_badge_speaks_by_icon_word_and_colour() -> None:
    written = drawn('{% badge "danger" "Silent" %}')

    assert "zw-badge-danger" in written
    assert "#alert-circle" in written
    assert ">Silent<" in written


def test_what_is_given_is_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    for template in (
        '{% badge "info" x %}',
        '{% medium "solar" x %}',
        '{% icon "x" label=x %}',
        "{% crumb x %}",
    ):
        assert evil not in drawn(template, x=evil)


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    known = {line.strip() for line in text_of("static/icons.txt").splitlines()}
    named = {
        word
        for name in tracked()
        if name.startswith("templates/") and name.endswith(".html")
        for word in _icons(text_of(name))
    } | set(ui.TONES.values())
    named |= {item.icon for group in navigation.NAVIGATION for item in group.items}
    named |= {item.icon for item in navigation.SITE_TABS.values()}

    assert named <= known, f"add to static/icons.txt: {', '.join(sorted(named - known))}"


def _icons(text: str) -> list[str]:
    return [part.split('"', 1)[0] for part in text.split('{% icon "')[1:]]


def test_the_address_keeps_what_is_not_changed_and_forgets_the_page() -> None:
    assert drawn('{% address_with export="csv" %}') == "?a=1&amp;export=csv"
    assert drawn('{% address_with a="" %}') == "?"


def test_an_instant_carries_its_exact_time() -> None:
    written = drawn("{{ at|instant }}", at=datetime(2020, 7, 1, 12, 0, tzinfo=UTC))

    assert 'datetime="2020-07-01T12:00:00+00:00"' in written
    assert "14:00" in written


def test_shares_of_nothing_are_said_in_words() -> None:
    assert "No energy" in drawn("{% energy_bar solar=0 grid=0 %}")
    assert "25 %" in drawn("{% energy_bar solar=1000 grid=3000 %}")


def test_a_chart_writes_its_table_with_gaps() -> None:
    data = {
        "categories": ["Jan", "Feb"], "unit": "kWh", "divisor": 1000, "places": 1,
        "series": [{"name": "Solar", "kind": "solar", "values": [1_234_500, None]}],
    }  # fmt: skip
    written = drawn('{% chart data id="c" title="T" summary="S" %}', data=data)

    assert ">1&#x27;234.5<" in written
    assert ">–<" in written
    assert '<script id="c-data" type="application/json">' in written


def test_a_chart_of_instants_writes_local_times() -> None:
    data = {
        "times": [datetime(2026, 7, 1, 12, 0, tzinfo=UTC)],
        "unit": "kW",
        "series": [{"name": "P", "values": [5]}],
    }

    assert ui.chart_rows(data)[0][0].endswith("14:00")
    assert ui.chart_json(data)["times"] == ["2026-07-01T12:00:00+00:00"]


# ---------------------------------------------------------------- forms


class ExampleForm(forms.Form):
    name = forms.CharField(help_text="As on the door.")
    agreed = forms.BooleanField()
    notes = forms.CharField(required=False, widget=forms.Textarea)
    period = PeriodField(required=False)


def test_a_form_lists_its_errors_and_ties_them_to_fields() -> None:
    written = drawn("{{ form }}", form=ExampleForm({}))

    assert 'href="#id_name"' in written
    assert 'aria-invalid="true"' in written
    assert 'id="id_name_helptext"' in written
    assert "is-invalid" in written
    assert "(optional)" in written


def test_a_sound_form_lists_nothing() -> None:
    assert "data-error-summary" not in drawn("{{ form }}", form=ExampleForm())


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        ("2026-03-01", "2026-03-31", DateRange(date(2026, 3, 1), date(2026, 4, 1))),
        ("2026-03-01", "", DateRange(date(2026, 3, 1), None)),
        ("", "", None),
    ],
)
def test_a_period_is_asked_for_with_both_days_included(
    first: str, last: str, period: DateRange | None
) -> None:
    form = ExampleForm({"name": "x", "agreed": "on", "period_first": first, "period_last": last})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["period"] == period


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    form = ExampleForm(
        {"name": "x", "agreed": "on", "period_first": "2026-03-02", "period_last": "2026-03-01"}
    )

    assert "period" in form.errors


def test_white_is_readable_on_the_house_colour_and_not_on_yellow() -> None:
    assert contrast_with_white("#0f766e") > 4.5
    assert contrast_with_white("#ffdd00") < 2
    assert contrast_with_white("#ffffff") == pytest.approx(1)


# ---------------------------------------------------------------- navigation


def actor(*roles: Role) -> Actor:
    return Actor(organization_id=1, roles=frozenset(roles))


def names(*roles: Role) -> set[str]:
    groups = navigation.navigation_for(actor(*roles), "/")
    return {link.url for group in groups for link in group.links}


def test_a_role_sees_the_places_it_may_go_to() -> None:
    assert "/organization/tokens/" in names(Role.ADMINISTRATOR)
    assert "/organization/tokens/" not in names(Role.COORDINATOR)
    assert "/organization/accounts/" not in names(Role.RESIDENT)
    assert navigation.navigation_for(None, "/") == ()


def test_a_place_that_nobody_has_built_is_not_offered() -> None:
    assert navigation.address("no:such") is None


def test_the_longest_address_is_the_current_one() -> None:
    groups = navigation.navigation_for(actor(Role.ADMINISTRATOR), "/organization/accounts/3/")

    assert [link.url for group in groups for link in group.links if link.is_current] == [
        "/organization/accounts/"
    ]


def test_the_policy_holds_in_the_templates() -> None:
    """No inline script or style block, no handler, no expression that needs eval."""
    banned = ("<style", "onclick=", "onchange=", "javascript:", "hx-on", "js:{", "hx-vals='js:")
    found = [
        f"{name}: {word}"
        for name in tracked()
        if name.startswith("templates/")
        and name.endswith(".html")
        and not name.startswith("templates/billing/documents")
        for word in banned
        if word in text_of(name)
    ]
    assert not found, "\n".join(found)
    assert (ROOT / "static/js/app.js").exists()


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", "Firefox, Linux"),
        ("curl/8", "unknown browser"),
    ],
)
def test_a_browser_is_called_as_people_call_it(user_agent: str, name: str) -> None:
    with translation.override("en"):
        assert ui.register.filters["browser_name"](user_agent) == name
