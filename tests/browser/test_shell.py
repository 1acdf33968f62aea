# SPDX-License-Identifier: Apache-2.0
"""The frame in a real browser: signing in, moving about, languages, appearance, forms, charts, jobs."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Account, User
from accounts.rights import Role
from accounts.scope import organization_scope
from jobs.models import Job, JobState
from tests.browser.conftest import Stage, Visitor
from tests.cast import PASSWORD

LOOKS = [("phone", False), ("phone", True), ("desktop", False), ("desktop", True)]


@pytest.mark.parametrize(("device", "dark"), LOOKS)
def test_the_style_page_is_sound_in_every_look(visit: Visitor, stage: Stage, device: str, dark: bool) -> None:
    page = visit(stage.cast.operator, device=device, dark=dark)
    page.open("/design/")
    expect(page.page.locator("#bars svg").first).to_be_visible()
    page.check()
    assert page.page.locator("html").get_attribute("data-bs-theme") == ("dark" if dark else "light")


def test_somebody_signs_in_and_out(visit: Visitor, stage: Stage) -> None:
    person = visit()
    person.open("/")
    person.check()
    page = person.page
    page.fill("input[name=login]", "coordinator@lindenhof.example")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_visible()
    expect(page).to_have_url(f"{stage.url}/")
    page.locator(".zw-person").click()
    page.locator(".dropdown-menu form[action*=logout] button").first.click()
    person.settle()
    assert "/accounts/login/" in page.url


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_the_navigation_is_sound(visit: Visitor, role: Role) -> None:
    person = visit(role)
    person.open("/")
    places = person.page.locator(".zw-side .zw-nav a").evaluate_all("links => links.map((a) => a.pathname)")
    for place in places:
        answer = person.open(place)
        assert answer.status == 200, f"{place} answers {answer.status}"
        # The staff's other roles see a part of the administrator's pages.
        if role is Role.ADMINISTRATOR or not role.is_staff_role:
            person.check()


def test_the_navigation_opens_on_a_phone(visit: Visitor) -> None:
    person = visit(Role.ADMINISTRATOR, device="phone")
    person.open("/")
    person.page.locator(".zw-bottom button").click()
    expect(person.page.locator("#more .zw-nav a").first).to_be_visible()
    person.page.wait_for_timeout(400)
    person.check()


def test_a_language_is_kept(visit: Visitor, stage: Stage) -> None:
    person = visit(Role.SUPPORT)
    person.open("/glossary/")
    person.page.locator(".zw-person").click()
    person.page.locator(".zw-side button[name=language][value=fr]").click()
    person.settle()
    assert person.page.locator("html").get_attribute("lang") == "fr"
    assert User.objects.get(pk=stage.cast.lindenhof.users[Role.SUPPORT].pk).language == "fr"


def test_an_appearance_is_kept(visit: Visitor, stage: Stage) -> None:
    person = visit(Role.SUPPORT)
    person.open("/glossary/")
    person.page.locator(".zw-person").click()
    person.page.locator(".zw-side button[name=theme][value=dark]").click()
    person.settle()
    assert person.page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert User.objects.get(pk=stage.cast.lindenhof.users[Role.SUPPORT].pk).theme == "dark"


def test_the_first_tab_leads_to_the_content(visit: Visitor) -> None:
    person = visit(Role.ADMINISTRATOR)
    person.open("/organization/people/")
    person.page.keyboard.press("Tab")
    expect(person.page.locator(".zw-skip")).to_be_focused()
    person.page.keyboard.press("Enter")
    expect(person.page.locator("main")).to_be_focused()


def test_errors_of_a_form_are_listed_in_focus_and_lead_to_their_field(visit: Visitor) -> None:
    person = visit(Role.ADMINISTRATOR)
    person.open("/organization/accounts/new/")
    person.page.locator("main button.btn-primary").click()
    person.settle()
    summary = person.page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    person.check()
    summary.locator("a", has_text="Street").click()
    expect(person.page.locator("#id_street")).to_be_focused()


def test_a_dialog_names_its_effect_and_can_be_left(visit: Visitor, stage: Stage) -> None:
    with organization_scope(stage.cast.lindenhof.id):
        account = Account.objects.get(code="K0001")
        contact = account.contacts.get()
    person = visit(Role.ADMINISTRATOR)
    person.open(f"/organization/contacts/{contact.pk}/")
    person.page.locator("[data-dialog=remove]").click()
    dialog = person.page.locator("dialog#remove")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("loses access")
    person.check()
    person.page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()


def test_a_list_becomes_cards_on_a_phone(visit: Visitor) -> None:
    person = visit(Role.ADMINISTRATOR, device="phone")
    person.open("/organization/accounts/")
    cell = person.page.locator(".zw-cards td[data-label=Code]").first
    shown = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert shown == '"Code"'
    person.check()


def test_a_filter_stands_in_the_address_and_as_a_chip(visit: Visitor) -> None:
    person = visit(Role.ADMINISTRATOR)
    person.open("/organization/accounts/")
    person.page.select_option("select[name=kind]", "investor")
    expect(person.page).to_have_url(re.compile(r"\?kind=investor$"))
    chip = person.page.locator(".zw-chips a")
    expect(chip).to_contain_text("Owner")
    chip.click()
    expect(person.page).not_to_have_url(re.compile("kind"))


def test_a_chart_is_drawn_with_its_gap_and_its_table(visit: Visitor, stage: Stage) -> None:
    person = visit(stage.cast.operator)
    person.open("/design/")
    figure = person.page.locator("#bars")
    expect(figure.locator("svg").first).to_be_visible()
    figure.locator("summary").click()
    expect(figure.locator("tbody tr")).to_have_count(12)
    expect(figure.locator("tbody tr").nth(9)).to_contain_text("–")
    with person.page.expect_download() as download:
        figure.locator("[data-chart-png]").click()
    assert download.value.suggested_filename == "bars.png"


def test_a_job_shows_its_progress_live_and_after_a_reload(visit: Visitor, stage: Stage) -> None:
    with organization_scope(stage.cast.lindenhof.id):
        job = Job.objects.create(
            kind="test.live", key="live", title="Long work", state=JobState.RUNNING, done=1, total=4
        )
    person = visit(Role.COORDINATOR)
    person.open(f"/jobs/{job.pk}/")
    expect(person.page.locator("#job-state")).to_contain_text(re.compile(r"1 of 4"))
    with organization_scope(stage.cast.lindenhof.id):
        Job.objects.filter(pk=job.pk).update(done=3, message="three quarters")
    person.page.locator("#job-state button", has_text="Stop").focus()
    expect(person.page.locator("#job-state")).to_contain_text("3 of 4", timeout=8000)
    expect(person.page.locator("#job-state button", has_text="Stop")).to_be_focused()
    person.page.reload()
    expect(person.page.locator("#job-state")).to_contain_text("three quarters")
    with organization_scope(stage.cast.lindenhof.id):
        Job.objects.filter(pk=job.pk).update(
            state=JobState.DONE, done=4, result={"links": [["See the result", "/"]], "invoices": 48}
        )
    expect(person.page.locator("#job-state a", has_text="See the result")).to_be_visible(timeout=8000)
    assert person.page.locator("#job-state").get_attribute("hx-get") is None
    person.check()


def test_who_is_signed_out_meanwhile_is_sent_to_the_sign_in(visit: Visitor, stage: Stage) -> None:
    with organization_scope(stage.cast.lindenhof.id):
        job = Job.objects.create(kind="test.live", key="out", title="Long work", state=JobState.RUNNING)
    person = visit(Role.COORDINATOR)
    person.open(f"/jobs/{job.pk}/")
    person.page.context.clear_cookies()
    expect(person.page).to_have_url(re.compile(rf"/accounts/login/\?next=/jobs/{job.pk}/"), timeout=8000)
    person.complaints.clear()  # the browser reports the 401 itself


def test_a_part_that_fails_leaves_the_old_one_and_says_so(visit: Visitor, stage: Stage) -> None:
    with organization_scope(stage.cast.lindenhof.id):
        job = Job.objects.create(kind="test.live", key="bad", title="Long work", state=JobState.RUNNING)
    person = visit(Role.COORDINATOR)
    person.open(f"/jobs/{job.pk}/")
    person.page.route("**/state/", lambda route: route.fulfill(status=500, body="<h1>broken</h1>"))
    expect(person.page.locator("#messages .zw-alert")).to_contain_text("could not be loaded", timeout=8000)
    expect(person.page.locator("#job-state")).not_to_contain_text("broken")
    person.page.wait_for_timeout(2500)
    expect(person.page.locator("#messages .zw-alert")).to_have_count(1)
    person.complaints.clear()  # the browser reports the 500 itself


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/glossary/", "/nothing-here/"]
)
def test_pages_before_sign_in_are_sound_on_a_phone(visit: Visitor, path: str) -> None:
    person = visit(device="phone", dark=True)
    assert person.open(path).status in {200, 404}
    person.check()


@pytest.mark.parametrize(
    "path",
    ["/profile/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/password/change/", "/accounts/email/"],
)
def test_the_pages_of_a_person_are_sound(visit: Visitor, path: str) -> None:
    person = visit(Role.RESIDENT)
    assert person.open(path).status == 200
    person.check()


# ---------------------------------------------------------------- the watch is awake


def test_a_violation_of_the_policy_is_heard(visit: Visitor) -> None:
    person = visit(Role.ADMINISTRATOR)
    person.open("/glossary/")
    person.page.evaluate("document.head.append(Object.assign(document.createElement('script'), {text: '1'}))")
    person.page.wait_for_timeout(200)
    assert any("Content Security Policy" in complaint for complaint in person.complaints)
    person.complaints.clear()


def test_a_barrier_and_a_wide_page_are_seen(visit: Visitor) -> None:
    person = visit(Role.ADMINISTRATOR, device="phone")
    person.open("/glossary/")
    person.page.evaluate("document.querySelector('label[for=q]').remove()")
    person.page.evaluate("document.querySelector('main').style.width = '2000px'")
    person.page.evaluate("document.querySelector('main').style.maxWidth = 'none'")
    person.check()
    assert any("label" in complaint for complaint in person.complaints)
    assert any("too wide" in complaint for complaint in person.complaints)
    person.complaints.clear()


def test_a_script_error_is_heard(visit: Visitor) -> None:
    person = visit(Role.ADMINISTRATOR)
    person.open("/glossary/")
    person.page.evaluate("setTimeout(() => { throw new Error('broken') }, 0)")
    person.page.wait_for_timeout(200)
    assert any("broken" in complaint for complaint in person.complaints)
    person.complaints.clear()
