"""What an office does on the page every day, in a real browser: one test for each act."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from firmware.supervisor.store.mailbox import MESSAGES
from tests.webui.test_browser import CHROMIUM, Running, page, pytestmark, running

__all__ = ["CHROMIUM", "page", "pytestmark", "running"]  # fixtures, and when to skip

ROY: dict[str, Any] = {"number_e164": "+15145550188", "number_raw": "5145550188", "presentation": "allowed"}


def state(running: Running, message: int) -> str | None:
    rows = running.office.write(lambda c: c.execute("SELECT state FROM messages WHERE id = ?", (message,)).fetchall())
    return rows[0]["state"] if rows else None


def test_a_message_that_was_heard_is_one_line_and_opens_on_touch(running: Running, page: Page) -> None:
    message = running.office.message(2, seconds=3, name="Heard Henry", **ROY)
    running.office.write(MESSAGES.mark, message, "heard")
    page.goto("/messages")
    row = page.locator(f"#message-{message}")
    box = row.bounding_box()
    assert box is not None and box["height"] < 70
    row.get_by_role("heading", name="Heard Henry").click()
    expect(row.get_by_role("button", name=re.compile("^Play"))).to_be_visible()
    other = running.office.message(0.01, seconds=2, name="Meanwhile Mia")
    running.office.publish("message", id=other, state="new")
    expect(page.locator(f"#message-{other}")).to_be_visible()
    expect(row.get_by_role("button", name=re.compile("^Play"))).to_be_visible()  # what is open stays open


def test_several_are_selected_and_deleted_and_brought_back_together(running: Running, page: Page) -> None:
    both = [running.office.message(3, seconds=2, name=name) for name in ("First Fred", "Second Sue")]
    page.goto("/messages")
    expect(page.locator("#selection")).to_be_hidden()
    for message in both:
        page.locator(f"#message-{message} .pick").click()
    page.locator("#selection").get_by_role("button", name="Mark as heard").click()
    assert [state(running, message) for message in both] == ["heard", "heard"]
    for message in both:
        page.locator(f"#message-{message} .pick").click()
    page.locator("#selection").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 messages deleted.")).to_be_visible()
    assert [state(running, message) for message in both] == ["deleted", "deleted"]
    page.get_by_role("button", name="Undo").click()
    assert [state(running, message) for message in both] == ["heard", "heard"]


def test_what_is_deleted_for_good_is_gone_once_that_is_said_twice(running: Running, page: Page) -> None:
    message = running.office.message(3, seconds=2, name="Gone Gus")
    running.office.write(MESSAGES.delete, message, 10**12)
    page.goto("/messages?show=deleted")
    row = page.locator(f"#message-{message}")
    row.locator("summary").first.click()
    row.locator("summary", has_text="Delete for good").click()
    expect(row.get_by_text("It cannot be brought back.")).to_be_visible()
    row.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", name="Deleted", exact=False).or_(page.locator("main"))).to_be_visible()
    expect(row).to_have_count(0)
    page.goto("/messages?show=deleted")
    expect(row).to_have_count(0)


def test_a_note_stays_on_the_message(running: Running, page: Page) -> None:
    message = running.office.message(0.3, seconds=2, name="Noted Nora")
    page.goto("/messages")
    row = page.locator(f"#message-{message}")
    row.locator("summary", has_text="More").click()
    row.get_by_role("textbox", name="Note").fill("wants a quote")
    row.get_by_role("button", name="Keep the note").click()
    expect(page.locator(f"#message-{message} .note")).to_have_text("wants a quote")


def test_the_player_goes_ten_seconds_on_and_back_and_remembers_the_speed(running: Running, page: Page) -> None:
    message = running.office.message(0.2, seconds=25, name="Long Lena")
    page.goto("/messages")
    row = page.locator(f"#message-{message}")
    audio = row.locator("audio")
    for name, at in (("Forward 10 seconds", 10), ("Forward 10 seconds", 20), ("Back 10 seconds", 10)):
        row.get_by_role("button", name=name).click()
        page.wait_for_function("([a, t]) => Math.abs(a.currentTime - t) < 0.5", arg=[audio.element_handle(), at])
    row.get_by_role("button", name="Speed").click()
    page.reload()
    assert page.locator(f"#message-{message} audio").evaluate("a => a.playbackRate") == 1.5
    page.evaluate("localStorage.removeItem('speed')")


def test_a_message_plays_in_the_list_of_calls_and_counts_as_heard(running: Running, page: Page) -> None:
    message = running.office.message(0.01, seconds=6, name="Listed Liz")
    page.goto("/calls")
    row = page.locator("tr", has_text="Listed Liz")
    with page.expect_response(f"**/messages/{message}/state"):
        row.get_by_role("button", name="Play: Message from Listed Liz").click()
    page.wait_for_function("a => a.currentTime > 0.2", arg=row.locator("audio").element_handle())
    assert state(running, message) == "heard"


def test_all_calls_of_a_number_are_one_press_away_and_the_filter_can_be_kept(running: Running, page: Page) -> None:
    page.goto("/messages")
    menu = page.locator("#message-list details.menu", has=page.get_by_text("Ring handset")).first
    number = menu.locator("input[name=number]").first.get_attribute("value")
    menu.locator("summary").click()
    menu.get_by_role("link", name="All calls of this number").click()
    expect(page.get_by_text(re.compile("^Calls of"))).to_be_visible()
    shown = running.office.write(
        lambda c: c.execute("SELECT count(*) FROM calls WHERE number_e164 = ?", (number,)).fetchone()[0]
    )
    expect(page.locator("#call-list .totals strong")).to_have_text(re.compile(rf"^{shown} calls?$"))
    page.get_by_label("Name for this filter").fill("The one")
    page.get_by_role("button", name="Keep this filter").click()
    page.goto("/calls")
    page.get_by_role("link", name="The one").click()
    expect(page.get_by_text(re.compile("^Calls of"))).to_be_visible()
    page.get_by_role("button", name="Forget the filter The one").click()
    expect(page.get_by_role("link", name="The one")).to_have_count(0)


def test_a_row_of_calls_is_no_higher_than_72_px_on_a_phone(running: Running) -> None:
    context = running.context(390)
    page = context.new_page()
    page.goto("/calls")
    heights = page.locator(".calls tbody tr").evaluate_all("rows => rows.map((r) => r.getBoundingClientRect().height)")
    assert heights and max(heights) <= 72
    context.close()


def test_a_call_shows_its_message_first_and_what_to_do_with_it(running: Running, page: Page) -> None:
    message = running.office.message(0.1, seconds=5, name="Called Carl", **ROY)
    call = running.office.write(lambda c: c.execute("SELECT call FROM messages WHERE id = ?", (message,)).fetchone()[0])
    page.goto(f"/calls/{call}")
    tops = [page.locator(where).bounding_box() for where in ("#call-message", "#happened-title")]
    assert tops[0] is not None and tops[1] is not None and tops[0]["y"] < tops[1]["y"]
    page.locator(f"#message-{message}").get_by_role("button", name="Save").click()
    expect(page.locator(f"#message-{message}").get_by_text("Saved", exact=True)).to_be_visible()
    assert state(running, message) == "saved"
    page.locator(f"#message-{message}").get_by_role("button", name="Delete").click()
    expect(page.locator(f"#message-{message}")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#message-{message}")).to_be_visible()


def test_a_missed_caller_is_done_with_one_press_and_can_be_brought_back(running: Running, page: Page) -> None:
    running.office.call(0.1, "missed", talk_s=0, number_e164="+15145550100", name="Missed Max", presentation="allowed")
    page.goto("/")
    row = page.get_by_role("region", name="Missed calls").locator("li", has_text="Missed Max")
    row.get_by_role("button", name="Done").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()


def test_a_caller_becomes_a_contact_with_the_name_of_the_line_and_old_calls_have_it(
    running: Running, page: Page
) -> None:
    number = {"number_e164": "+15145550177", "number_raw": "5145550177", "presentation": "allowed"}
    running.office.write(lambda c: c.execute("DELETE FROM contact_numbers WHERE e164 = '+15145550177'").rowcount)
    first = running.office.call(5, "missed", talk_s=0, **number)
    last = running.office.call(1, "missed", talk_s=0, name="MARTIN Z", **number)
    page.goto(f"/calls/{last}")
    page.get_by_role("link", name="Add to contacts").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("MARTIN Z")
    page.get_by_label("Name", exact=True).fill("Zoe Martin")
    page.get_by_role("button", name="Save").click()
    page.goto(f"/calls/{first}")
    expect(page.get_by_role("heading", name="Zoe Martin")).to_be_visible()
    page.goto("/contacts?q=zoe")
    expect(page.get_by_text("Last call")).to_be_visible()


def test_two_contacts_with_one_number_are_offered_as_one(running: Running, page: Page) -> None:
    running.office.contact("Twin Tom", "+15145550166")
    running.office.contact("Tom Twin", "+15145550166")
    page.goto("/contacts")
    pair = page.locator(".pair", has_text="Twin Tom and Tom Twin may be one person.")
    pair.get_by_role("button", name="Make them one").click()
    expect(page.get_by_role("heading", name="Twin Tom")).to_be_visible()
    page.goto("/contacts")
    expect(pair).to_have_count(0)
    expect(page.get_by_role("link", name="Tom Twin")).to_have_count(0)


def test_a_telephone_has_one_name_everywhere(running: Running, page: Page) -> None:
    page.goto("/settings")
    page.locator('[id="s-handsets.C.name"]').fill("Reception")
    page.locator('[id="handsets.C.name"]').get_by_role("button", name="Save").click()
    page.goto("/messages")
    menu = page.locator("#message-list details.menu", has=page.get_by_text("Ring Reception")).first
    menu.locator("summary").click()
    menu.get_by_role("button", name="Ring Reception").click()
    expect(page.get_by_text("Reception is ringing.")).to_be_visible()
    page.goto("/health")
    expect(page.get_by_label("Drill on").locator("option").first).to_have_text("Reception")
    page.goto("/settings")
    page.locator('[id="s-handsets.C.name"]').fill("Handset C")
    page.locator('[id="handsets.C.name"]').get_by_role("button", name="Save").click()
