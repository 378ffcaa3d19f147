"""First visit, log-in, back-off, sessions, devices."""

from __future__ import annotations

import html
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.supervisor.store.ownership import MARK, mark_owned
from tests.webui.conftest import Browser
from tests.webui.office import CHEAP, PASSWORD, Office
from webui.devices import device_words
from webui.first_code import FirstCode
from webui.passwords import Passwords, fault_of
from webui.sessions import IDLE_S, KEPT_S, Sessions
from webui.state import State
from webui.throttle import LOCKOUT, Throttle
from webui.web import Web


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Office]:
    """A box that nobody has visited yet."""
    office = Office(tmp_path / "fresh")
    office.start()
    yield office
    office.stop()


def test_the_first_visit_sets_the_password_and_is_then_over(fresh: Office) -> None:
    web = fresh.web()
    browser = Browser(web)
    assert browser.get("/").header("Location") == "/first-visit"
    assert browser.get("/login").header("Location") == "/first-visit"
    browser.get("/first-visit")
    fields = {"code": web.first_code.code, "name": "Anna", "password": PASSWORD, "again": PASSWORD}
    answer = browser.post("/first-visit", fields)
    assert (answer.status, answer.header("Location")) == (303, "/")
    assert browser.get("/").status == 200
    assert browser.get("/health").status == 200  # the first user is an admin

    late = Browser(fresh.web())
    late.get("/help")
    late.get("/login")
    assert late.get("/first-visit").header("Location") == "/login"
    assert late.post("/first-visit", {"name": "eve", "password": PASSWORD, "again": PASSWORD}).status == 303
    with sqlite3.connect(fresh.home / "frontdesk.db") as db:
        rows = db.execute("SELECT name, role, password_hash FROM users").fetchall()
    assert [(row[0], row[1]) for row in rows] == [("Anna", "admin")]
    assert rows[0][2].startswith("$argon2id$")


IN_MEMORY = """
import resource, sys
from pathlib import Path
from webui.state import State
folder = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))  # write(2) fails, as on a full disk
state = State(folder)
with state.transaction() as db:
    db.execute("INSERT INTO tries VALUES ('x', 1, 0.0, 0.0)")
print(len(state.secret), sorted(path.name for path in folder.iterdir() if "broken" in path.name))
"""


@pytest.mark.parametrize("before", [False, True], ids=["a new box", "a box that has been visited"])
def test_on_a_full_disk_one_can_still_log_in_and_nothing_is_put_aside(tmp_path: Path, before: bool) -> None:
    if before:
        State(tmp_path).close()
    run = subprocess.run([sys.executable, "-c", IN_MEMORY, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout) == (0, "32 []\n"), run.stderr


def test_a_box_that_has_lost_its_database_has_no_first_visit_and_says_what_to_do(fresh: Office) -> None:
    mark_owned(fresh.home)
    browser = Browser(fresh.web())
    for path in ("/", "/first-visit", "/health"):
        assert browser.get(path).header("Location").split("?")[0] == "/login"
    page = browser.get("/login")
    assert page.status == 200 and str(fresh.home / MARK) in page.text
    browser.post("/first-visit", {"name": "eve", "password": PASSWORD, "again": PASSWORD})
    with sqlite3.connect(fresh.home / "frontdesk.db") as db:
        assert db.execute("SELECT count(*) FROM users").fetchone() == (0,)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "password": PASSWORD, "again": PASSWORD}, "Please type a name"),
        ({"name": "anna", "password": "short", "again": "short"}, "at least 10 characters"),
        ({"name": "anna", "password": "aaaaaaaaaaaa", "again": "aaaaaaaaaaaa"}, "the same few characters"),
        ({"name": "anna", "password": PASSWORD, "again": PASSWORD + "x"}, "are not the same"),
    ],
)
def test_the_first_visit_says_what_is_wrong(fresh: Office, fields: dict[str, str], words: str) -> None:
    web = fresh.web()
    browser = Browser(web)
    browser.get("/first-visit")
    answer = browser.post("/first-visit", {"code": web.first_code.code, **fields})
    assert answer.status == 400
    assert words in answer.text
    assert f'value="{fields["name"]}"' in answer.text
    assert PASSWORD not in answer.text
    assert browser.get("/").header("Location") == "/first-visit"


def test_the_hash_is_argon2id_at_the_cost_of_rfc_9106() -> None:
    kept = Passwords().hash(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords(CHEAP).matches(PASSWORD, kept)
    assert not Passwords(CHEAP).matches(PASSWORD + " ", kept)
    assert not Passwords(CHEAP).matches("nobody has this password", None)
    assert not Passwords(CHEAP).matches(PASSWORD, "no hash at all")


def test_a_password_as_long_as_allowed_works() -> None:
    long = "abcd" * 50
    assert fault_of(long, long) is None
    assert fault_of(long + "x", long + "x") == "password.too_long"
    assert Passwords(CHEAP).matches(long, CHEAP.hash(long))


def test_wrong_name_and_wrong_password_read_the_same(web: Web) -> None:
    browser = Browser(web)
    texts = []
    for name in ("anna", "nobody"):
        answer = browser.log_in(name, "wrong password")
        assert answer.status == 403
        texts.append(answer.text.replace(f'value="{name}"', "").replace(browser.token, ""))
    assert texts[0].split("<body")[1].split(">", 1)[1] == texts[1].split("<body")[1].split(">", 1)[1]


def test_wrong_tries_wait_longer_and_longer_also_after_a_restart(office: Office) -> None:
    clock = Clock()
    web = office.web()
    web = office.web(throttle=Throttle(web.state, clock))
    browser = Browser(web)
    for _ in range(LOCKOUT.free):
        assert browser.log_in(password="wrong password").status == 403
    blocked = browser.log_in()  # the right one, too soon
    assert blocked.status == 429
    assert blocked.header("Retry-After") == "2"
    assert "Please wait 2 seconds" in blocked.text

    again = office.web()
    restarted = Browser(office.web(throttle=Throttle(again.state, clock)))
    assert restarted.log_in().status == 429
    waits = []
    for _ in range(12):
        clock.now += LOCKOUT.longest_s
        assert restarted.log_in(password="wrong password").status == 403
        waits.append(float(restarted.log_in(password="wrong password").header("Retry-After")))
    assert waits[:4] == [4, 8, 16, 32]
    assert waits[-1] == LOCKOUT.longest_s
    clock.now += LOCKOUT.longest_s
    assert restarted.log_in().status == 303
    assert restarted.log_in(password="wrong password").status in (303, 403)  # counted anew


def test_another_address_is_not_locked_out(office: Office) -> None:
    web = office.web()
    attacker = Browser(web, "192.0.2.66")
    for _ in range(LOCKOUT.free + 2):
        attacker.log_in(password="wrong password")
    assert attacker.log_in().status == 429
    assert Browser(web, "192.0.2.10").log_in().status == 303


def test_a_hundred_tries_at_once_get_no_hundred_answers(tmp_path: Path) -> None:
    throttle = Throttle(State(tmp_path / "web"), Clock())
    assert sum(throttle.begin_try("192.0.2.66", "anna") == 0.0 for _ in range(100)) == LOCKOUT.free


def test_a_clock_set_back_never_makes_a_wait_longer_than_the_longest(tmp_path: Path) -> None:
    clock = Clock()
    throttle = Throttle(State(tmp_path / "web"), clock)
    for _ in range(LOCKOUT.free):
        throttle.begin_try("192.0.2.66", "anna")
    clock.now -= 10 * 365 * 24 * 3600
    assert 0 < throttle.begin_try("192.0.2.66", "anna") <= LOCKOUT.longest_s


def test_a_session_ends_after_ten_idle_minutes_or_thirty_days(tmp_path: Path) -> None:
    clock = Clock()
    state = State(tmp_path / "web")
    sessions = Sessions(state, clock)
    shared, own = sessions.begin(1, False, "a", "b"), sessions.begin(1, True, "a", "b")
    clock.now += IDLE_S - 1
    assert sessions.find(shared) is not None
    clock.now += IDLE_S - 1  # the last look counted as use
    assert sessions.find(shared) is not None
    for _ in range(3):
        clock.now += IDLE_S / 2
        quiet = sessions.find(shared, touch=False)  # what the page asks by itself does not
    assert quiet is None
    clock.now += KEPT_S - IDLE_S * 4
    assert sessions.find(own) is not None
    clock.now += KEPT_S + 1
    assert sessions.find(own) is None


def test_the_disk_holds_no_session_id(tmp_path: Path) -> None:
    state = State(tmp_path / "web")
    identity = Sessions(state).begin(1, True, "Firefox", "192.0.2.1")
    state.close()
    for path in (tmp_path / "web").iterdir():
        assert identity.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0 or path.suffix in ("", ".db-wal", ".db-shm")


def test_a_damaged_state_is_put_aside_and_everybody_logs_in_again(tmp_path: Path) -> None:
    folder = tmp_path / "web"
    state = State(folder)
    identity = Sessions(state).begin(1, True, "", "")
    state.close()
    (folder / "web.db").write_bytes(b"not a database at all" * 500)
    for tail in ("-wal", "-shm"):
        (folder / f"web.db{tail}").unlink(missing_ok=True)
    again = State(folder)
    assert Sessions(again).find(identity) is None
    assert (folder / "web.db.broken").exists()
    assert again.secret == state.secret  # open forms go on working


def test_devices_can_be_signed_out(web: Web) -> None:
    here, there = Browser(web), Browser(web)
    here.log_in()
    there.log_in()
    page = here.get("/account").text
    handles = [part.split("/")[0] for part in page.split("/account/devices/")[1:]]
    assert len(handles) == 2
    own = web.sessions.find(here.jar["__Host-frontdesk"])
    assert own is not None
    other = next(handle for handle in handles if handle != own.handle)
    assert here.post(f"/account/devices/{other}/sign-out").status == 303
    assert there.get("/").header("Location") == "/login?why=ended"
    assert here.get("/").status == 200


def test_one_user_cannot_sign_out_anothers_device(office: Office, web: Web) -> None:
    office.user("paul", "user")
    anna, paul = Browser(web), Browser(web)
    anna.log_in()
    paul.log_in("paul")
    session = web.sessions.find(anna.jar["__Host-frontdesk"])
    assert session is not None
    paul.post(f"/account/devices/{session.handle}/sign-out")
    assert anna.get("/").status == 200


def test_a_new_password_signs_the_other_devices_out(web: Web) -> None:
    here, there = Browser(web), Browser(web)
    here.log_in()
    there.log_in()
    here.get("/account")
    new = "a quite different one"
    wrong = here.post("/account/password", {"present": "wrong", "password": new, "again": new})
    assert wrong.status == 400
    assert "current password is not right" in wrong.text
    assert here.post("/account/password", {"present": PASSWORD, "password": new, "again": new}).status == 303
    assert here.get("/").status == 200
    assert there.get("/").header("Location") == "/login?why=ended"
    assert Browser(web).log_in().status == 403
    assert Browser(web).log_in(password=new).status == 303


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36 Edg/140.0", "Edge, Android"),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
def test_a_device_is_told_in_words(agent: str, words: str) -> None:
    assert device_words(agent) == words


def test_log_out_ends_the_session_not_only_the_cookie(web: Web, anna: Browser) -> None:
    kept = dict(anna.jar)
    answer = anna.post("/logout")
    assert answer.header("Location") == "/login"
    anna.jar = kept
    assert anna.get("/").header("Location") == "/login?why=ended"


def test_my_device_keeps_the_cookie_for_thirty_days(web: Web) -> None:
    browser = Browser(web)
    browser.get("/login")
    answer = browser.post("/login", {"name": "anna", "password": PASSWORD, "kept": "yes"})
    assert f"Max-Age={KEPT_S}" in answer.cookies()[0]
    assert "Max-Age" not in Browser(web).log_in().cookies()[0]


@pytest.mark.parametrize("name", ["anna", "ANNA", "Anna"])
def test_the_case_of_a_name_does_not_matter(web: Web, name: str) -> None:
    assert Browser(web).log_in(name).status == 303


@pytest.mark.parametrize("cookie", ["", "x", "'; DROP TABLE sessions;--", "ÿ" * 50, "a" * 5000])
def test_a_made_up_cookie_opens_nothing(web: Web, cookie: str) -> None:
    browser = Browser(web)
    browser.jar["__Host-frontdesk"] = cookie.encode("latin-1", "replace").decode("latin-1")
    assert browser.get("/").header("Location").split("?")[0] == "/login"


def test_the_log_in_goes_on_where_one_was_going(web: Web) -> None:
    browser = Browser(web)
    sent = browser.get("/calls?period=week&q=roy").header("Location")
    assert sent == "/login?next=%2Fcalls%3Fperiod%3Dweek%26q%3Droy"
    place = re.search(r'name="next" value="([^"]*)"', browser.get(sent).text)
    assert place is not None
    fields = {"name": "anna", "password": PASSWORD, "next": html.unescape(place[1])}
    assert browser.post("/login", fields).header("Location") == "/calls?period=week&q=roy"


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
def test_the_log_in_sends_nobody_elsewhere(web: Web, place: str) -> None:
    browser = Browser(web)
    browser.get("/login")
    assert browser.post("/login", {"name": "anna", "password": PASSWORD, "next": place}).header("Location") == "/"


def test_whoever_is_logged_out_is_told_why(web: Web, anna: Browser) -> None:
    session = web.sessions.find(anna.jar["__Host-frontdesk"])
    assert session is not None
    web.sessions.end(session.user, session.handle)
    sent = anna.get("/messages").header("Location")
    assert sent == "/login?why=ended&next=%2Fmessages"
    assert "You were logged out" in anna.get(sent).text
    assert "You were logged out" not in anna.get("/login").text


def test_the_audit_log_tells_of_log_ins_listening_and_dialling(office: Office, web: Web, anna: Browser) -> None:
    office.message(0.1)
    recording = office.write(lambda c: int(c.execute("SELECT recording FROM messages").fetchone()[0]))
    stranger = Browser(web, "192.0.2.77")
    stranger.log_in(password="wrong, surely")
    stranger.log_in("what was I called", "wrong, surely")
    anna.get(f"/recordings/{recording}/audio.wav", range="bytes=0-")
    anna.get(f"/recordings/{recording}/audio.wav", range="bytes=4000-")
    anna.get("/help")
    anna.post("/dial", {"number": "+15145550188", "handset": "C"})
    anna.post("/logout")
    rows = office.write(lambda c: [tuple(row) for row in c.execute("SELECT who, action, target, detail FROM audit")])
    assert [row[:3] for row in rows] == [
        ("user:1", "log in", "user:1"),
        ("web", "log in failed", "user:1"),
        ("web", "log in failed", ""),
        ("user:1", "listen", f"recording:{recording}"),
        ("user:1", "dial", "call:1"),
        ("user:1", "log out", "user:1"),
    ]
    assert "what was I called" not in str(rows)
    assert "192.0.2.77" in rows[1][3]


def test_many_addresses_wait_for_one_name_and_its_own_device_does_not(web: Web, anna: Browser) -> None:
    answers = [Browser(web, f"192.0.{n}.9").log_in(password="wrong, surely").status for n in range(20)]
    assert answers == [403] * 10 + [429] * 10
    assert Browser(web, "192.0.200.1").log_in().status == 429
    kept = anna.jar
    again = Browser(web, "192.0.200.2")
    again.jar = {"__Host-device": kept["__Host-device"]}
    assert again.log_in().status == 303
    other = Browser(web, "192.0.200.3")
    other.jar = {"__Host-device": "0" * 64}
    assert [other.log_in(password="wrong, surely").status for _ in range(11)][-1] == 429


def test_one_machine_with_many_ipv6_addresses_is_one(web: Web) -> None:
    answers = [Browser(web, f"2001:db8::{n:x}").log_in(f"name {n}", "wrong, surely").status for n in range(5)]
    assert answers == [403, 403, 403, 429, 429]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8443", "box.local.evil.example", "", "box local"])
def test_a_name_that_is_not_ours_is_answered_with_our_names(anna: Browser, host: str) -> None:
    answer = anna.get("/messages", host=host)
    assert answer.status == 421
    assert "box.local" in answer.text
    assert "Content-Security-Policy" in dict(answer.headers)


@pytest.mark.parametrize("host", ["box.local", "BOX.local:8443", "192.0.2.1:8443", "[2001:db8::1]:8443", "box.local."])
def test_our_names_and_any_address_are_answered(anna: Browser, host: str) -> None:
    assert anna.get("/messages", host=host).status == 200


@pytest.mark.parametrize("code", ["", "12345", "000000", "ab cdef"])
def test_nobody_owns_the_box_without_its_code(fresh: Office, code: str) -> None:
    web = fresh.web(first_code=FirstCode(fresh.home / "web"))
    assert code != web.first_code.code
    browser = Browser(web)
    browser.get("/first-visit")
    fields = {"code": code, "name": "eve", "password": PASSWORD, "again": PASSWORD}
    answer = browser.post("/first-visit", fields)
    assert answer.status == 403 and "That is not the code" in answer.text
    for _ in range(3):
        browser.post("/first-visit", fields)
    assert browser.post("/first-visit", {**fields, "code": web.first_code.code}).status == 403  # too many tries
    assert browser.get("/").header("Location") == "/first-visit"


def test_the_code_of_the_first_visit_outlives_a_restart_and_runs_out(fresh: Office, tmp_path: Path) -> None:
    clock = Clock()
    first = FirstCode(tmp_path, clock)
    assert re.fullmatch(r"\d{6}", first.code)
    clock.now += 3500
    assert FirstCode(tmp_path, clock).code == first.code
    assert first.matches(f" {first.code[:3]} {first.code[3:]}")
    clock.now += 200
    assert first.over and not first.matches(first.code)
    browser = Browser(fresh.web(first_code=first))
    browser.get("/first-visit")
    fields = {"code": first.code, "name": "anna", "password": PASSWORD, "again": PASSWORD}
    assert "The code has run out" in browser.post("/first-visit", fields).text
    assert not FirstCode(tmp_path, clock).over
