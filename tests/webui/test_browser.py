"""The page in a real browser: headless Chromium against the running web process and the real control socket."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Route, expect, sync_playwright

from firmware.control_client import ControlClient
from firmware.supervisor.store import calls, emergencies
from tests.webui.office import OFFSET_MIN, PASSWORD, Office, seed_office
from tests.webui.test_faxes import leave

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(str(distribution("axe-playwright-python").locate_file("axe_playwright_python/axe.min.js")))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
PAGES = ("/", "/messages", "/messages?show=deleted", "/calls", "/calls?period=week", "/calls/1", "/time?period=all",
         "/contacts", "/contacts/new", "/contacts/1", "/assistant", "/users", "/settings", "/health", "/health/log",
         "/help", "/account", "/more", "/parts", "/nothing")  # fmt: skip

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine (make setup installs it)")


@dataclass
class Running:
    """An office whose page runs as its own process."""

    office: Office
    address: str
    browser: Browser
    login: Any
    process: subprocess.Popen[str]

    def context(self, width: int = 1280, **more: Any) -> BrowserContext:
        return self.browser.new_context(
            ignore_https_errors=True,
            storage_state=self.login,
            base_url=self.address,
            viewport={"width": width, "height": 900},
            **more,
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    office = Office(tmp_path_factory.mktemp("box"))
    office.start()
    office.user()
    seed_office(office)
    admin = ControlClient(office.home / "run" / "control.sock", {"name": "test", "role": "admin", "via": "web"})
    admin.request("time.draft", {"since_ms": 0, "until_ms": 2**53})
    command = [sys.executable, "-m", "webui", "--home", str(office.home), "--port", "0", "--host", "127.0.0.1"]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process,
        sync_playwright() as playwright,
    ):
        assert process.stdout is not None
        found = re.search(r"https://localhost:(\d+)/", process.stdout.readline())
        assert found is not None
        address = f"https://localhost:{found[1]}"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(ignore_https_errors=True, base_url=address)
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Your name").fill("anna")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(address + "/")
        expect(page.get_by_role("heading", name="Home")).to_be_visible()
        login = context.storage_state()
        context.close()
        yield Running(office, address, browser, login, process)
        browser.close()
        process.terminate()
        assert process.wait(20) == 0
    office.stop()


@pytest.fixture
def page(running: Running) -> Iterator[Page]:
    """A page at desk width; whatever the browser complains of fails the test."""
    context = running.context()
    made = context.new_page()
    faults: list[str] = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield made
    context.close()
    assert [fault for fault in faults if "404" not in fault] == []


def test_a_live_call_shows_itself_and_is_spoken(running: Running, page: Page) -> None:
    office = running.office
    with page.expect_response("**/events"):  # what happens before is shown, and not spoken
        page.goto("/")
    expect(page.get_by_text("All quiet")).to_be_visible()
    contact = office.write(lambda c: int(c.execute("SELECT id FROM contacts WHERE name = 'Paul Roy'").fetchone()[0]))
    now_ms = int(page.evaluate("Date.now()"))
    live = {"id": 1, "direction": "in", "line": "A", "stage": "ringing", "started_ms": now_ms, "contact": contact}
    live |= {"number_raw": "5145550188", "number_e164": "+15145550188", "presentation": "allowed"}
    office.telephone.lines["A"] = "ringing"
    office.telephone.calls = [live]
    office.publish("call", **live)
    card = page.get_by_role("region", name="Going on now")
    expect(card.get_by_text("Paul Roy")).to_be_visible()
    expect(card.get_by_text("ringing")).to_be_visible()
    expect(page.get_by_text("Ringing", exact=True)).to_be_visible()
    expect(page.locator("#announce")).to_have_text("Paul Roy is calling.")
    expect(card.locator(".since")).to_have_text(re.compile("0:0[2-9]"))  # the length runs by itself
    office.telephone.calls = []
    office.telephone.lines["A"] = "idle"
    office.publish("call", **{**live, "stage": "ended"})
    expect(page.get_by_text("All quiet")).to_be_visible()


def test_what_happens_before_the_stream_begins_is_shown_too(running: Running, page: Page) -> None:
    """Somebody dials 911 after the page was drawn and before it listens."""
    waiting: list[Route] = []
    page.route("**/events", lambda route: waiting.append(route))
    page.goto("/help")
    call = emergency(running.office)
    with page.expect_response("**/attention"):
        while not waiting:
            page.wait_for_timeout(20)
        waiting[0].continue_()
    expect(page.get_by_role("alert")).to_contain_text("911 was dialled")
    running.office.write(emergencies.acknowledge, call, "handset:D", 1)


def test_twenty_tabs_of_one_browser_are_all_live_over_one_stream(running: Running) -> None:
    context = running.context()

    tabs = [context.new_page() for _ in range(20)]
    for tab in tabs:
        tab.goto("/help")
    call = emergency(running.office)
    for tab in tabs:
        expect(tab.get_by_role("alert")).to_contain_text("911 was dialled")
    tabs[-1].close()  # the one that held the stream
    running.office.write(emergencies.acknowledge, call, "handset:D", 1)
    running.office.publish("emergency", id=call, seen=True)
    for tab in tabs[:-1]:
        expect(tab.get_by_role("alert")).to_have_count(0)
    tabs[0].goto("/calls")
    expect(tabs[0].get_by_role("heading", name="Calls")).to_be_visible()
    context.close()


def test_a_message_that_comes_in_is_there_without_a_reload(running: Running, page: Page) -> None:
    with page.expect_response("**/events"):  # what happens before is shown, and not spoken
        page.goto("/")
    badge = page.get_by_role("region", name="New messages").locator(".badge")
    before = int(badge.inner_text())
    message = running.office.message(0.01, seconds=3, name="Somebody New", number_e164="+15145550166")
    running.office.publish("message", id=message, state="new")
    expect(badge).to_have_text(str(before + 1))
    expect(page.get_by_role("heading", name="Somebody New")).to_be_visible()
    expect(page.locator("#announce")).to_have_text("A new message has come in.")


def test_a_message_really_plays_seeks_and_counts_as_heard(running: Running, page: Page) -> None:
    office = running.office
    message = office.message(0.05, seconds=20, name="Long Talker", number_e164="+15145550155")
    page.goto("/messages")
    row = page.locator(f"#message-{message}")
    audio = row.locator("audio")
    row.get_by_role("button", name="Play: Message from Long Talker").click()
    page.wait_for_function("a => a.currentTime > 0.4", arg=audio.element_handle())
    first = audio.evaluate("a => a.currentTime")
    page.wait_for_function("([a, t]) => a.currentTime > t + 0.3", arg=[audio.element_handle(), first])
    assert audio.evaluate("a => a.duration") == pytest.approx(20.0, abs=0.01)
    row.get_by_role("slider", name="Position").fill("120")
    page.wait_for_function("a => a.currentTime > 12 && !a.seeking && !a.paused", arg=audio.element_handle())
    row.get_by_role("button", name="Speed").click()
    assert audio.evaluate("a => a.playbackRate") == 1.5
    row.get_by_role("button", name="Speed").click()
    assert audio.evaluate("a => a.playbackRate") == 2
    row.get_by_role("button", name="Pause: Message from Long Talker").click()
    assert audio.evaluate("a => a.paused")
    state = office.write(lambda c: c.execute("SELECT state FROM messages WHERE id = ?", (message,)).fetchone()["state"])
    assert state == "heard"


def test_what_plays_is_not_swapped_away(running: Running, page: Page) -> None:
    message = running.office.message(0.02, seconds=4, name="Keep Playing", number_e164="+15145550144")
    page.goto("/")
    row = page.locator(f"#message-{message}")
    row.get_by_role("button", name=re.compile("^Play")).click()
    page.wait_for_function("a => a.currentTime > 0.2", arg=row.locator("audio").element_handle())
    other = running.office.message(0.01, seconds=2, name="Comes Meanwhile", number_e164="+15145550133")
    with page.expect_response(re.compile("/home/messages")):
        running.office.publish("message", id=other, state="new")
    assert not row.locator("audio").evaluate("a => a.paused")
    expect(page.locator(f"#message-{other}")).to_be_visible()  # once it has ended


def test_keys_walk_the_messages_and_play(running: Running, page: Page) -> None:
    page.goto("/messages")
    rows = page.locator("article.message")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press(" ")
    audio = rows.nth(1).locator("audio")
    page.wait_for_function("a => !a.paused", arg=audio.element_handle())
    page.keyboard.press(" ")
    page.wait_for_function("a => a.paused", arg=audio.element_handle())
    page.get_by_label(re.compile("Keys")).uncheck()
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("article.message:focus")).to_have_count(0)
    page.get_by_label(re.compile("Keys")).check()


def test_delete_swaps_the_row_away_and_undo_brings_it_back(running: Running, page: Page) -> None:
    message = running.office.message(0.03, seconds=2, name="Deleted Soon", number_e164="+15145550122")
    page.goto("/messages")
    row = page.locator(f"#message-{message}")
    row.get_by_role("button", name="Delete", exact=True).click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="Message deleted.")).to_be_visible()
    assert page.url.endswith("/messages")  # a swap, no new page
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()


def test_a_fax_is_marked_and_deleted_without_a_reload_as_a_message_is(running: Running, page: Page) -> None:
    fax = leave(running.office)
    call = running.office.write(lambda c: int(c.execute("SELECT call FROM faxes WHERE id = ?", (fax,)).fetchone()[0]))
    row = page.locator(f"#fax-{fax}")
    for path in ("/messages", f"/calls/{call}"):
        page.goto(path)
        page.evaluate("document.body.dataset.same = 'page'")
        row.get_by_role("button", name="Mark as read").click()
        expect(row.get_by_role("button", name="Mark as new")).to_be_visible()
        row.get_by_role("button", name="Mark as new").click()
        expect(row.get_by_role("button", name="Mark as read")).to_be_visible()
        row.get_by_role("button", name="Delete", exact=True).click()
        expect(row).to_have_count(0)
        expect(page.get_by_role("status").filter(has_text="Fax deleted.")).to_be_visible()
        assert page.locator("body").get_attribute("data-same") == "page"
        page.get_by_role("button", name="Undo").click()
        expect(row).to_be_visible()


def test_messages_and_faxes_that_come_in_stand_on_messages_without_a_reload(running: Running, page: Page) -> None:
    office = running.office
    page.goto("/messages")
    new = int(page.locator("#page-hint").inner_text().split()[0])
    message = office.message(0.01, seconds=3, name="While You Look", number_e164="+15145550111")
    fax = leave(office, sender="Looks on", path="2026-03/looks-on.tif")
    office.publish("message", id=message, state="new")
    expect(page.get_by_role("heading", name="While You Look")).to_be_visible()
    expect(page.locator("#page-hint")).to_have_text(f"{new + 1} new messages")
    expect(page.locator(f"#fax-{fax}")).to_be_visible()
    page.locator(f"#message-{message}").get_by_role("button", name="Mark as heard").click()
    expect(page.locator("#page-hint")).to_have_text(f"{new} new messages")


def test_calls_and_the_page_of_a_call_follow_what_happens(running: Running, page: Page) -> None:
    """A call that begins and ends while somebody looks; what he types meanwhile stays."""
    office = running.office
    page.goto("/calls")
    total = page.locator("#call-list .totals strong")
    before = int(total.inner_text().split()[0].replace(",", ""))
    columns: Any = {"line": "A", "number_e164": "+15145550177", "number_raw": "5145550177"}
    now_ms = int(page.evaluate("Date.now()"))
    call = office.write(calls.begin, "in", started_ms=now_ms, utc_offset_min=OFFSET_MIN, **columns)
    office.publish("call", id=call, stage="ringing", direction="out")
    expect(total).to_have_text(f"{before + 1} calls")
    page.goto(f"/calls/{call}")
    expect(page.get_by_text("Going on", exact=True)).to_be_visible()
    page.get_by_role("textbox", name="Client").fill("Roy")
    ended = {"outcome": "missed", "hung_up_by": "far end", "why": "rang off"}
    office.write(calls.end, call, ended_ms=now_ms + 4000, at_s=4.0, ring_s=4.0, **ended)
    page.evaluate("document.body.addEventListener('htmx:afterRequest', () => (document.body.dataset.answered = 'yes'))")
    office.publish("call", id=call, stage="ended", direction="out")
    page.wait_for_function("() => document.body.dataset.answered === 'yes'")
    assert page.get_by_role("textbox", name="Client").input_value() == "Roy"
    page.get_by_role("textbox", name="Client").blur()
    expect(page.locator("ol.events").get_by_text("the caller hung up")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/messages"])
def test_a_message_paused_half_heard_stays_where_it_was(running: Running, page: Page, path: str) -> None:
    office = running.office
    message = office.message(0.02, seconds=20, name="Half Heard", number_e164="+15145550100")
    page.goto(path)
    row = page.locator(f"#message-{message}")
    audio = row.locator("audio")
    row.get_by_role("button", name=re.compile("^Play")).click()
    page.wait_for_function("a => a.currentTime > 0.2", arg=audio.element_handle())
    with page.expect_response(re.compile("/(home/messages|messages/now)")):
        row.get_by_role("button", name=re.compile("^Pause")).click()
    at = audio.evaluate("a => a.currentTime")
    page.evaluate("document.body.addEventListener('htmx:afterRequest', () => (document.body.dataset.answered = 'yes'))")
    office.publish("message", id=message, state="heard", new_messages=1)
    page.wait_for_function("() => document.body.dataset.answered === 'yes'")
    assert audio.evaluate("a => a.currentTime") == at > 0


def test_the_toast_goes_after_ten_seconds(running: Running) -> None:
    message = running.office.message(0.03, seconds=2)
    context = running.context()
    page = context.new_page()
    page.clock.install()
    page.goto("/messages")
    page.locator(f"#message-{message}").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".toast")).to_be_visible()
    page.clock.fast_forward(9_000)
    expect(page.locator(".toast")).to_be_visible()
    page.clock.fast_forward(2_000)
    expect(page.locator(".toast")).to_have_count(0)
    context.close()


def test_the_csv_downloads(running: Running, page: Page, tmp_path: Path) -> None:
    page.goto("/calls?q=roy")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download CSV").click()
    target = tmp_path / "calls.csv"
    started.value.save_as(target)
    assert started.value.suggested_filename.startswith("calls 20")
    lines = target.read_text("utf-8-sig").splitlines()
    assert lines[0].startswith('"id","started"')
    assert len(lines) > 10
    assert all('"+15145550188"' in line for line in lines[1:])


def test_client_and_matter_change_in_the_row(running: Running, page: Page) -> None:
    page.goto("/calls")
    row = page.locator("#call-3")
    row.locator("summary").click()
    row.get_by_label("Client").fill("Osei")
    row.get_by_label("Matter").fill("2026-077")
    row.get_by_role("button", name="Save").click()
    expect(row.locator("summary")).to_have_text("Osei · 2026-077")
    assert page.url.endswith("/calls")


def test_a_click_on_the_sound_in_the_timeline_plays_from_there(running: Running, page: Page) -> None:
    page.goto("/calls/1")
    sound = page.locator(".timeline-desk [data-seek]")
    box = sound.bounding_box()
    assert box is not None
    sound.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    page.wait_for_function("a => a.currentTime > 12 && !a.paused", arg=page.locator("audio").element_handle())


def test_the_page_says_within_five_seconds_that_it_is_not_live(running: Running, page: Page) -> None:
    page.goto("/")
    expect(page.locator("#stale")).to_be_hidden()
    running.office.stop()
    try:
        expect(page.locator("#stale")).to_contain_text("The box is stopped")
        expect(page.locator("body")).to_have_class(re.compile("stale"))
    finally:
        running.office.start()
    expect(page.locator("#stale")).to_be_hidden()


def test_a_stream_that_breaks_off_is_said_within_five_seconds(running: Running) -> None:
    context = running.context()
    page = context.new_page()
    page.goto("/")
    page.wait_for_timeout(500)
    running.process.send_signal(signal.SIGSTOP)  # nothing arrives any more, and no connection is closed
    try:
        expect(page.locator("#stale")).to_contain_text("Not live")
    finally:
        running.process.send_signal(signal.SIGCONT)
    expect(page.locator("#stale")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_scrolls_sideways_and_everything_pressed_is_44_px(running: Running, width: int) -> None:
    context = running.context(width)
    page = context.new_page()
    long = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft"
    running.office.call(0.001, name=long, number_raw="5" * 40, client=long, matter=long, presentation="allowed")
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        small = page.evaluate("""() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
            .filter((e) => e.type !== "hidden" && !e.closest(".unseen, .skip, .track"))
            .map((e) => [e.closest("label.tick") || e, e.outerHTML.slice(0, 80)])
            .map(([e, html]) => [e.getBoundingClientRect(), html])
            .filter(([r]) => r.width && (r.width < 43.9 || r.height < 43.9))
            .map(([r, html]) => html)""")
        assert small == [], path
    context.close()


def test_the_frame_is_a_bottom_bar_on_a_phone_and_a_side_bar_on_a_desk(running: Running) -> None:
    seen = {390: ("Home", "Messages", "Calls", "Contacts", "More"), 1280: ("Home", "Health", "Account")}
    for width, names in seen.items():
        context = running.context(width)
        page = context.new_page()
        page.goto("/")
        nav = page.get_by_role("navigation", name="Pages")
        for name in names:
            expect(nav.get_by_role("link", name=name)).to_be_visible()
        box = nav.bounding_box()
        assert box is not None
        assert (box["y"] > 800) if width == 390 else (box["x"] < 20 and box["width"] < 230)
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing(running: Running, width: int, scheme: Any) -> None:
    context = running.context(width, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    session = context.new_cdp_session(page)
    for path in (*PAGES, "/login"):
        page.goto(path)
        assert axe(session) == "[]", path
    context.close()


def test_a_time_entry_is_edited_in_place_and_opens_its_call(page: Page) -> None:
    page.goto("/time?period=all&client=Roy")
    entry = page.locator(".time-entry").first
    entry.get_by_text("Edit", exact=True).click()
    entry.get_by_label("Hours").fill("0,7")
    entry.get_by_label("Note").fill("Talked of the lease.")
    entry.get_by_role("button", name="Save").click()
    expect(entry.get_by_text("Talked of the lease.")).to_be_visible()
    expect(entry.get_by_text("0.7 h billed")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Statement (PDF)").click()
    assert download.value.suggested_filename.endswith("statement.pdf")
    entry.get_by_role("link", name="The call").click()
    page.wait_for_url("**/calls/*")


def axe(session: CDPSession) -> str:
    """What axe-core finds on the page, as JSON."""
    found = session.send(
        "Runtime.evaluate",
        {
            "expression": AXE.read_text() + ";axe.run().then((r) => JSON.stringify(r.violations.map((v) =>"
            "[v.id, v.nodes.map((n) => n.html.slice(0, 120))])))",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    return str(found["result"]["value"])


def test_without_a_script_everything_but_live_updates_works(running: Running) -> None:
    office = running.office
    message = office.message(0.04, seconds=2, name="No Script", number_e164="+15145550111")
    context = running.context(390, java_script_enabled=False)
    page = context.new_page()
    page.goto("/messages")
    row = page.locator(f"#message-{message}")
    expect(row.locator("audio[controls]")).to_be_visible()
    row.get_by_role("button", name="Mark as heard").click()
    page.locator(f"#message-{message} > details > summary").click()  # what is heard is folded
    expect(page.locator(f"#message-{message}").get_by_role("button", name="Mark as new")).to_be_visible()
    page.locator(f"#message-{message}").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(f"#message-{message}")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#message-{message}")).to_be_visible()
    page.goto("/contacts/new")
    page.get_by_label("Name", exact=True).fill("Without Script")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Without Script")).to_be_visible()
    page.goto("/calls")
    page.get_by_label("Name, number, client or matter").fill("roy")
    page.get_by_role("button", name="Search").click()
    assert "q=roy" in page.url
    context.close()


def test_a_running_call_is_ended_from_its_page(running: Running, page: Page) -> None:
    office = running.office
    now_ms = int(page.evaluate("Date.now()"))
    call = office.write(lambda c: calls.begin(c, "in", started_ms=now_ms, utc_offset_min=OFFSET_MIN, line="B"))
    office.telephone.calls = [{"id": call, "direction": "in", "line": "B", "stage": "greeting", "started_ms": now_ms}]
    page.goto(f"/calls/{call}")
    page.get_by_role("button", name="End this call").click()
    page.wait_for_url("**/")
    assert office.telephone.hung_up == [call]
    office.telephone.calls = []


def emergency(office: Office, **columns: Any) -> int:
    """Somebody has dialled 911 on handset C, and the box says so."""
    call = office.call(0.01, direction="out", number_raw="911", port="C", emergency=True, **columns)
    office.publish("emergency", id=call, seen=False)
    return call


def test_an_emergency_stands_on_every_open_page_until_somebody_has_seen_it(running: Running, page: Page) -> None:
    other = running.context(390)
    phone = other.new_page()
    phone.goto("/help")
    page.goto("/calls?period=week")
    emergency(running.office)
    for open_page in (page, phone):
        expect(open_page.get_by_role("alert")).to_contain_text("911 was dialled on handset C")
    phone.get_by_role("button", name="We have seen it").click()
    for open_page in (phone, page):
        expect(open_page.get_by_role("alert")).to_have_count(0)
    assert phone.url.endswith("/help")
    assert page.url.endswith("/calls?period=week")
    other.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_emergency_banner_fits_and_can_be_used_by_all(running: Running, width: int) -> None:
    calls = emergency(running.office), emergency(running.office, drill=True)
    context = running.context(width)
    page = context.new_page()
    for path in ("/", "/health"):
        page.goto(path)
        expect(page.get_by_role("alert")).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for button in page.get_by_role("button", name="We have seen it").all():
            box = button.bounding_box()
            assert box is not None and min(box["width"], box["height"]) >= 44
        assert axe(context.new_cdp_session(page)) == "[]", path
    for call in calls:
        running.office.write(emergencies.acknowledge, call, "handset:D", 1)
    context.close()


def test_an_emergency_is_acknowledged_without_a_script(running: Running) -> None:
    emergency(running.office)
    context = running.context(390, java_script_enabled=False)
    page = context.new_page()
    page.goto("/contacts")
    page.get_by_role("button", name="We have seen it").click()
    expect(page.get_by_role("heading", name="Contacts")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    context.close()


def test_a_drill_is_begun_and_the_address_kept_on_health(running: Running, page: Page) -> None:
    page.goto("/health")
    card = page.get_by_role("region", name="Emergency calls")
    card.get_by_label("Address where help goes").fill("12 rue Saint-Paul")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_text("12 rue Saint-Paul")).to_be_visible()
    card.get_by_label("Drill on").select_option("D")
    card.get_by_role("button", name="Start a drill").click()
    expect(page.get_by_text("handset D is ringing")).to_be_visible()
    assert running.office.telephone.drilled == ["D"]
    call = emergency(running.office, drill=True)
    expect(card.get_by_role("link")).to_have_attribute("href", f"/calls/{call}")
    page.get_by_role("button", name="We have seen it").click()
    expect(card.get_by_text("by anna")).to_be_visible()


def test_to_end_a_call_that_has_ended_meanwhile_says_so_on_its_page(running: Running, page: Page) -> None:
    office = running.office
    now_ms = int(page.evaluate("Date.now()"))
    call = office.write(lambda c: calls.begin(c, "in", started_ms=now_ms, utc_offset_min=OFFSET_MIN, line="B"))
    page.goto(f"/calls/{call}")
    page.get_by_role("button", name="End this call").click()
    page.wait_for_url(f"**/calls/{call}?ended=1")
    expect(page.get_by_text("This call has already ended.")).to_be_visible()
    office.write(lambda c: c.execute("DELETE FROM calls WHERE id = ?", (call,)).rowcount)


@pytest.mark.parametrize("path", ["/", "/messages", "/calls/1", "/contacts"])
@pytest.mark.parametrize("handset", ["C", "D"])
def test_a_call_button_rings_the_handset_that_was_pressed(
    running: Running, page: Page, path: str, handset: str
) -> None:
    office = running.office
    office.telephone.dialled.clear()
    page.goto(path)
    menu = page.locator("details.menu:visible", has=page.get_by_text("Ring handset")).first
    number = menu.locator("input[name=number]").first.get_attribute("value")
    menu.locator("summary").click()
    menu.get_by_role("button", name=f"Ring handset {handset}").click()
    expect(page.get_by_text(f"Handset {handset} is ringing")).to_be_visible()
    assert office.telephone.dialled == [(handset, number)]
    assert number is not None and number.startswith("+")


def test_a_call_that_comes_in_and_news_show_on_every_page(running: Running, page: Page) -> None:
    office = running.office
    page.goto("/help")
    before = int(page.locator("#mark-messages").get_attribute("data-count") or "")
    live = {"id": 1, "direction": "in", "line": "A", "stage": "ringing", "started_ms": 1, "name": "Ringing Ray"}
    office.telephone.calls = [{**live, "presentation": "allowed"}]
    office.publish("call", **live)
    bar = page.locator("#attention .ringing")
    expect(bar).to_contain_text("Ringing Ray is calling. Line A")
    office.telephone.calls = []
    office.publish("call", **{**live, "stage": "ended"})
    expect(bar).to_have_count(0)
    message = office.message(0.01, seconds=2, name="News")
    office.publish("message", id=message, state="new")
    expect(page).to_have_title(f"({before + 1}) Help · Frontdesk")
    assert "icon-new" in (page.locator("link[rel=icon]").get_attribute("href") or "")


def test_a_notification_is_asked_for_once_and_comes_when_nobody_looks(running: Running) -> None:
    context = running.context(permissions=["notifications"])
    page = context.new_page()
    page.add_init_script("""window.shown = [];
        window.Notification = class { constructor(_, about) { window.shown.push(about.body); } };
        Notification.permission = "granted";
        Notification.requestPermission = () => Promise.resolve("granted");""")
    page.goto("/")
    page.get_by_role("region", name="Notifications").get_by_role("button", name="Yes").click()
    page.reload()
    expect(page.get_by_role("region", name="Notifications")).to_be_hidden()
    with page.expect_response("**/events"):
        page.goto("/account")
    expect(page.get_by_label("On this device, show a notification")).to_be_checked()
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    running.office.publish("message", id=1, state="new")
    page.wait_for_function("() => window.shown.length === 1")
    assert page.evaluate("window.shown") == ["A new message has come in."]
    page.get_by_label("On this device, show a notification").uncheck()
    running.office.publish("call", id=3, direction="in", stage="ringing", line="B", name="Not Shown")
    expect(page.locator("#announce")).to_have_text("Not Shown is calling.")
    assert page.evaluate("window.shown.length") == 1
    context.close()
