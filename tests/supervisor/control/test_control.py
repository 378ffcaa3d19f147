"""The control socket as the page and tools meet it, hostile clients included."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.control_client import BoxStopped, ControlClient, NoAnswer, Refused
from firmware.supervisor.control.json_line import LIMIT
from firmware.supervisor.control.requests import REQUESTS
from firmware.supervisor.control.server import CLIENTS, WATCHERS, ControlServer
from firmware.supervisor.events import EVENTS
from firmware.supervisor.rules.rights import RIGHTS
from firmware.supervisor.store import calls, faxes, messages, recordings, rules

from .conftest import NOW_MS, Served

ROOT = Path(__file__).resolve().parents[3]
LINE = {**dict.fromkeys(EVENTS["line"].all), "name": "A", "state": "ringing"}
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"


def raw(served: Served, line: bytes) -> dict[str, Any]:
    """The answer to one line as it stands."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(served.path))
        connection.sendall(line)
        with connection.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    assert isinstance(answer, dict)
    return answer


def refusal(served: Served, command: str, args: dict[str, Any], actor: dict[str, Any] | None = None) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        served.client.request(command, args, actor=actor)
    return caught.value.code, str(caught.value)


def leave_message(served: Served) -> int:
    def left(connection: Any) -> int:
        call = calls.begin(connection, "in", started_ms=1, utc_offset_min=0)
        recording = recordings.begin(connection, call=call, kind="message", path="x", law="mu", started_ms=1)
        recordings.finish(connection, recording, 8000)
        return messages.create(connection, call=call, recording=recording, received_ms=1, utc_offset_min=0)

    return served.database.write(left).result()


def test_status_is_the_boxs_with_the_new_messages(served: Served) -> None:
    leave_message(served)
    assert served.client.request("status.get") == {
        "lines": [{"name": "A", "state": "idle"}], "demo": False, "new_messages": 1, "new_faxes": 0
    }  # fmt: skip
    assert served.client.request("health.get") == {"checks": [], "link": {}, "version": "1"}


# peers.md 3.2, row 11: {"name": "\ud800"} or a 30-digit integer was answered "saved" and killed the database thread.
@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (rb'{"name": "\ud800"}', "surrogate"),
        (rb'{"\ud800": 1}', "surrogate"),
        (b'{"name": ' + b"9" * 30 + b"}", "64 bits"),
        (b'{"name": ' + b"9" * 5000 + b"}", "64 bits"),
        (b'{"id": 9223372036854775808}', "64 bits"),
        (b'{"id": 1e999}', "float"),
        (b'{"id": NaN}', "NaN"),
        (b'{"name": "a\\u0000b"}', "NUL"),
        (b"[" * 100_000, "at most"),
        (b"[" * 30_000, "nested"),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "nested"),
        (b'{"name": "\xff"}', "UTF-8"),
        (b'{"name": }', "not JSON"),
        (b"[]", "expected an object"),
        (b'{"name": "x", "evil": 1}', "unknown"),
        (b'{"name": ["x"]}', "name: expected a text"),
        (b'{"name": "' + b"x" * 200 + b'"}', "1 to 120 characters"),
        (b'{"name": "a\\u001b[2Jb"}', "control character"),
        (b"{}", "name: missing"),
        (b'{"name": "x", "numbers": [{"kind": "fax", "raw": "1", "is_default": 1}]}', "true or false"),
        (b'{"name": "x", "numbers": [' + b'{"raw": "1"},' * 20 + b'{"raw": "1"}]}', "at most 20"),
    ],
)
def test_hostile_arguments_are_refused_and_the_store_lives(served: Served, args: bytes, complaint: str) -> None:
    answer = raw(served, b'{"id": 1, "do": "contacts.create", "args": ' + args + b"}\n")
    assert answer["ok"] is False and answer["error"]["code"] == "bad_request"
    assert complaint in answer["error"]["message"]
    assert served.client.request("contacts.create", {"name": "Zoé"}) == {"id": 1}


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\n",
        b"null\n",
        b"[]\n",
        b'"x"\n',
        b'{"do": 1}\n',
        b'{"do": "rm"}\n',
        b'{"id": "1", "do": "status.get"}\n',
        b'{"id": true}\n',
        b'{"do": "status.get", "more": 1}\n',
        b'{"do": "status.get", "as": []}\n',
        b'{"do": "status.get", "as": {"role": "root"}}\n',
        b'{"do": "status.get", "as": {"user": "1"}}\n',
        b'{"do": "status.get", "args": []}\n',
        b"x" * (LIMIT + 10) + b"\n",
    ],
)
def test_lines_that_are_no_request_are_refused(served: Served, line: bytes) -> None:
    answer = raw(served, line)
    assert answer["ok"] is False and answer["error"]["code"] == "bad_request" and answer["error"]["message"]
    assert served.client.running()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    command=st.sampled_from(sorted(REQUESTS)),
    args=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters(categories=["Cs"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    known=st.sampled_from(["", "id", "key", "value", "state", "name", "numbers", "detail"]),
)
def test_any_arguments_are_answered(served: Served, command: str, args: Any, known: str) -> None:
    request = {"id": 5, "do": command, "args": {known: args} if known else args}
    answer = raw(served, json.dumps(request).encode() + b"\n")
    assert answer["id"] in (5, None) and (answer["ok"] or answer["error"]["code"] in ("bad_request", "not_found"))
    assert served.database.health().degraded is None


def test_a_line_without_an_end_is_refused(served: Served) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(served.path))
        connection.sendall(b'{"do": "status.get"')
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as lines:
            assert b"no end" in lines.readline()


def test_several_requests_on_one_connection_are_answered_in_order(served: Served) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(served.path))
        connection.sendall(b'{"id": 1, "do": "status.get"}\n\n{"id": 2, "do": "no"}\n{"id": 3, "do": "health.get"}\n')
        with connection.makefile("rb") as lines:
            answers = [json.loads(lines.readline()) for _ in range(3)]
    assert [(answer["id"], answer["ok"]) for answer in answers] == [(1, True), (2, False), (3, True)]


def test_a_message_is_marked_deleted_and_restored_for_everyone(served: Served) -> None:
    message = leave_message(served)
    events = served.client.subscribe()
    assert next(events).data["new_messages"] == 1
    for command, args, state, new in (
        ("messages.mark", {"state": "saved"}, "saved", 0),
        ("messages.delete", {}, "deleted", 0),
        ("messages.restore", {}, "saved", 0),
        ("messages.mark", {"state": "new"}, "new", 1),
    ):
        served.client.request(command, {"id": message, **args})
        event = next(events)
        assert (event.name, event.data) == (
            "message",
            {"id": message, "state": state, "new_messages": new, "mailbox": 1},
        )
    assert refusal(served, "messages.mark", {"id": 99, "state": "new"})[0] == "not_found"
    served.client.request("messages.delete", {"id": message})
    assert refusal(served, "messages.mark", {"id": message, "state": "new"})[0] == "conflict"
    assert [row[0] for row in served.rows("SELECT action FROM audit ORDER BY id")] == [
        "delete message", "restore message", "delete message"
    ]  # fmt: skip


def test_a_fax_is_marked_deleted_and_restored_for_everyone(served: Served) -> None:
    def left(connection: Any) -> int:
        call = calls.begin(connection, "in", started_ms=1, utc_offset_min=0)
        return faxes.put(
            connection, call, path="x.tif", pages=2, sender="", received_ms=1, utc_offset_min=0, progress="made"
        )

    fax = served.database.write(left).result()
    events = served.client.subscribe()
    assert next(events).data["new_faxes"] == 1
    for command, args, state, new in (
        ("faxes.mark", {"state": "saved"}, "saved", 0),
        ("faxes.delete", {}, "deleted", 0),
        ("faxes.restore", {}, "saved", 0),
        ("faxes.mark", {"state": "new"}, "new", 1),
    ):
        served.client.request(command, {"id": fax, **args})
        event = next(events)
        assert (event.name, event.data) == ("message", {"fax": fax, "state": state, "new_faxes": new, "mailbox": 1})
    assert refusal(served, "faxes.delete", {"id": 99})[0] == "not_found"
    served.client.request("faxes.delete", {"id": fax})
    assert refusal(served, "faxes.mark", {"id": fax, "state": "new"})[0] == "conflict"
    assert served.rows("SELECT action, target FROM audit ORDER BY id") == [
        (action, f"fax:{fax}") for action in ("delete fax", "restore fax", "delete fax")
    ]


def test_contacts_get_their_numbers_in_e164(served: Served) -> None:
    events = served.client.subscribe()
    next(events)
    numbers = [{"kind": "mobile", "raw": "514 555 0188"}, {"kind": "other", "raw": "21", "is_default": True}]
    made = served.client.request("contacts.create", {"name": " Paul Roy ", "numbers": numbers})
    served.client.request("contacts.update", {**made, "name": "Paul Roi", "numbers": numbers, "notes": "a\nb"})
    served.client.request("contacts.delete", made)
    done = [(f"{act} contact", f"contact:{made['id']}") for act in ("create", "update", "delete", "restore")]
    for _ in range(2):  # once more is no error, and no row of the audit log
        served.client.request("contacts.restore", made)
        assert served.rows("SELECT action, target FROM audit ORDER BY id") == done
    assert [next(events).data["what"] for _ in range(4)] == ["created", "updated", "deleted", "restored"]
    assert served.rows("SELECT name, notes, created_ms, deleted_ms FROM contacts") == [
        ("Paul Roi", "a\nb", NOW_MS, None)
    ]
    assert served.rows("SELECT e164, is_default FROM contact_numbers ORDER BY id") == [("+15145550188", 0), (None, 1)]
    assert refusal(served, "contacts.update", {"id": 99, "name": "x"})[0] == "not_found"


def test_settings_are_checked_stored_in_force_and_told(served: Served) -> None:
    events = served.client.subscribe()
    next(events)
    answer = served.client.request("settings.set", {"key": "answering.rings", "value": 4})
    assert answer == {"key": "answering.rings", "value": 4, "source": "page"}
    assert (next(events).data, served.settings.whole("answering.rings")) == ({"key": "answering.rings", "value": 4}, 4)
    assert served.client.request("settings.get", {"key": "answering.rings"})["value"] == 4
    assert len(served.client.request("settings.get")) > 20
    for key, value, complaint in (
        ("answering.ring", 4, "did you mean answering.rings"),
        ("answering.rings", 0, "from 1 to 10"),
        ("answering.rings", {"a": 1}, "whole number"),
        ("box.country", "FR", "not on the page"),
        ("handsets.C.extension", "22", "two different"),
    ):
        code, message = refusal(served, "settings.set", {"key": key, "value": value})
        assert code == "bad_request" and complaint in message
    assert served.rows("SELECT key, value, changed_ms FROM settings") == [("answering.rings", "4", NOW_MS)]


def test_an_emergency_is_acknowledged_once_by_whoever_sees_it_first(served: Served) -> None:
    def left(connection: Any) -> int:
        return calls.begin(
            connection, "out", started_ms=1, utc_offset_min=0, number_raw="911", port="C", emergency=True
        )

    call, user = served.database.write(left).result(), served.user("user")
    for _ in range(2):
        served.client.request("emergency.acknowledge", {"id": call}, actor=user)
    assert served.box.was_seen == [call]
    assert served.rows("SELECT seen_ms, seen_by FROM calls") == [(NOW_MS, f"user:{user['user']}")]
    audit = "SELECT who, action, target FROM audit WHERE action = 'acknowledge emergency'"
    assert served.rows(audit) == [(f"user:{user['user']}", "acknowledge emergency", f"call:{call}")]
    assert refusal(served, "emergency.acknowledge", {"id": 99})[0] == "not_found"


def test_a_drill_rings_nothing_for_a_user_who_may_not_begin_one(served: Served) -> None:
    assert refusal(served, "emergency.drill", {"handset": "C"}, served.user("user"))[0] == "denied"
    assert served.box.drilled == []
    admin = served.user("admin")
    assert served.client.request("emergency.drill", {"handset": "C"}, actor=admin) == {"id": 9}
    assert served.rows("SELECT who, target FROM audit WHERE action = 'emergency drill'") == [
        (f"user:{admin['user']}", "call:9")
    ]
    assert refusal(served, "emergency.drill", {"handset": "D"}, admin)[0] == "conflict"


def test_a_rule_is_added_and_removed_and_one_that_contradicts_is_refused(served: Served) -> None:
    group = {"kind": "group", "name": "vip", "contacts": [1]}
    policy = {"kind": "policy", "status": "meeting", "admits": ["vip"]}
    code, told = refusal(served, "rules.add", {"rule": policy})
    assert code == "bad_request" and "rule: policy of meeting: admits: 'vip': expected one of contact" in told
    events = served.client.subscribe()
    next(events)
    vip = served.client.request("rules.add", {"rule": group})["id"]
    told_by = next(events)
    assert (told_by.name, told_by.data) == ("rules", {"id": vip})
    meeting = served.client.request("rules.add", {"rule": policy})["id"]
    code, told = refusal(served, "rules.add", {"rule": policy})
    assert code == "bad_request" and "rule 3 (policy): status: 'meeting' has an earlier rule; expected one" in told
    code, told = refusal(served, "rules.remove", {"id": vip})
    assert code == "conflict" and "another rule needs it: policy of meeting" in told
    assert list(served.database.write(rules.kept).result()) == [vip, meeting]
    served.client.request("rules.remove", {"id": meeting})
    served.client.request("rules.remove", {"id": vip})
    assert refusal(served, "rules.remove", {"id": vip})[0] == "not_found"
    assert served.database.write(rules.kept).result() == {}


def test_the_status_is_set_for_a_time_and_a_caller_tried_out(served: Served) -> None:
    user = served.user("user")

    def tried(at: str, **args: Any) -> tuple[str, str, list[str]]:
        told = served.client.request("rules.test", {"at": at, "line": "A", **args}, actor=user)
        return told["what"], told["status"], [reason["id"] for reason in told["reasons"]]

    served.client.request("rules.add", {"rule": {"kind": "block", "number": "+15145550188"}})
    served.client.request("contacts.create", {"name": "Roy", "numbers": [{"raw": "514 555 0123"}]})
    served.client.request("rules.add", {"rule": {"kind": "policy", "status": "out", "admits": ["contact"]}})
    status = {"status": "out", "until": "2026-03-02T15:00"}
    served.client.request("status.set", status, actor=user)
    assert (served.settings.text("status"), served.settings.text("status_until")) == tuple(status.values())
    assert tried("2026-03-02T14:59", number="(514) 555-0123") == (
        "reach", "out", ["status.set", "who.contact", "admitted"]
    )  # fmt: skip
    assert tried("2026-03-02T14:59")[0] == "message"
    assert tried("2026-03-02T15:00")[:2] == ("reach", "working")
    assert tried("2026-03-02T15:00", number="5145550188")[2][-1] == "blocked"
    assert tried("2026-03-02T15:00", withheld=True)[2][1] == "who.withheld"
    for args, told in (
        ({"at": "tomorrow", "line": "A"}, "at: expected a local time as 2026-03-02T15:00"),
        ({"at": "2026-03-02T15:00+01:00", "line": "A"}, "at: expected a local time without offset, from 2000 to 2199"),
        ({"at": "2026-03-02T15:00", "line": "C"}, "line: expected one of A, B, or a port elsewhere, such as web1"),
    ):
        assert refusal(served, "rules.test", args) == ("bad_request", told)
    assert refusal(served, "status.set", {"status": "asleep"})[0] == "bad_request"
    assert served.settings.text("status") == "out"


def test_a_call_is_annotated_hung_up_and_dialled(served: Served) -> None:
    call = served.database.write(calls.begin, "in", started_ms=1, utc_offset_min=0).result()
    served.client.request("calls.annotate", {"id": call, "client": "Roy", "matter": "M-7"})
    assert served.rows("SELECT client, matter FROM calls") == [("Roy", "M-7")]
    served.client.request("calls.hang_up", {"id": 7})
    assert served.box.hung_up == [7]
    assert refusal(served, "calls.hang_up", {"id": 6})[0] == "not_found"
    assert refusal(served, "calls.hang_up", {"id": call}) == ("conflict", f"call {call} has already ended")
    assert served.client.request("calls.dial", {"handset": "C", "number": "5145550123"}) == {"id": 8}
    assert refusal(served, "calls.dial", {"handset": "D", "number": "1"}) == ("conflict", "handset D is in use")
    assert refusal(served, "calls.dial", {"handset": "C", "number": "555;rm"})[0] == "bad_request"


def test_a_message_counts_as_called_back_once_its_caller_has_been_dialled(served: Served) -> None:
    message = leave_message(served)
    events = served.client.subscribe()
    next(events)
    asked = {"number": "5145550123", "message": message}
    assert refusal(served, "calls.dial", {"handset": "C", **asked, "message": 99})[0] == "not_found"
    assert refusal(served, "calls.dial", {"handset": "D", **asked})[0] == "conflict"
    assert served.rows("SELECT called_back_ms FROM messages") == [(None,)]
    served.client.request("calls.dial", {"handset": "C", **asked})
    assert served.rows("SELECT called_back_ms FROM messages") == [(None,)], "the handset rings: nobody was called yet"
    assert served.box.dialled is not None
    asyncio.run_coroutine_threadsafe(served.box.dialled(), served.loop).result(30)
    assert next(events).data == {"id": message, "state": "new", "new_messages": 1, "mailbox": 1}
    assert served.rows("SELECT called_back_ms IS NOT NULL FROM messages") == [(1,)]


def test_the_first_visit_makes_the_admin_once(served: Served) -> None:
    claim = {"user": None, "name": "anna", "role": "first_visit", "via": "web"}
    made = served.client.request("users.create_first", {"name": "anna", "password_hash": HASH}, actor=claim)
    code, _ = refusal(served, "users.create_first", {"name": "eve", "password_hash": HASH}, claim)
    assert code == "conflict"
    anna = {"user": made["id"], "name": "anna", "role": "admin", "via": "web"}
    served.client.request("users.set_password", {"password_hash": HASH + "x"}, actor=anna)
    assert served.rows("SELECT name, role, password_hash FROM users") == [("anna", "admin", HASH + "x")]
    assert refusal(served, "users.set_password", {"password_hash": "plain"}, anna)[0] == "bad_request"
    assert refusal(served, "users.set_password", {"password_hash": HASH})[0] == "conflict"


def test_the_audit_log_says_who(served: Served) -> None:
    anna = served.user("user")
    served.client.request("audit.write", {"action": "download", "target": "calls", "detail": {"rows": 3}}, actor=anna)
    served.client.request("audit.write", {"action": "log in failed"}, actor={"via": "web"})
    assert served.rows("SELECT who, action, detail FROM audit ORDER BY id") == [
        (f"user:{anna['user']}", "download", '{"rows": 3}'),
        ("web", "log in failed", "{}"),
    ]
    assert refusal(served, "audit.write", {"action": "x", "detail": {"a": "x" * 5000}})[0] == "bad_request"


@pytest.mark.parametrize("via", ["user:1", "handset:C", "box", "", "Web"])
def test_a_program_cannot_write_as_somebody_else(served: Served, via: str) -> None:
    served.user("admin")
    with pytest.raises(Refused, match="via: expected") as refused:
        served.client.request("audit.write", {"action": "log in"}, actor={"via": via})
    assert refused.value.code == "bad_request"
    assert served.rows("SELECT who FROM audit") == []


def test_a_first_visit_is_less_than_a_user(served: Served) -> None:
    claim = {**served.user("admin"), "role": "first_visit"}
    assert refusal(served, "status.get", {}, claim)[0] == "denied"


def test_those_who_watch_leave_places_for_those_who_ask_and_their_places_come_back(served: Served) -> None:
    held = []
    for place in range(CLIENTS):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(30)
        connection.connect(str(served.path))
        connection.sendall(b'{"do": "events.subscribe"}\n')
        answer = json.loads(connection.makefile("rb").readline())
        assert answer["ok"] if place < WATCHERS else answer["error"]["code"] == "busy"
        held.append(connection)
    assert served.client.request("status.get")["new_messages"] == 0
    for connection in held:
        connection.close()
    assert next(served.client.subscribe()).name == "snapshot"


ALLOWED = {
    "user": {"user"},
    "admin": {"user", "admin"},
}


@pytest.mark.parametrize("command", sorted(REQUESTS))
@pytest.mark.parametrize("role", ["user", "admin"])
def test_every_command_is_kept_to_its_role(served: Served, command: str, role: str) -> None:
    declared = RIGHTS[command].role
    denied = declared not in (*ALLOWED[role], "anyone", "first_visit")
    for actor in (served.user(role), {**served.user("admin"), "role": role} if role == "user" else None):
        if actor is not None:
            try:
                served.client.request(command, {"no such argument": 1}, actor=actor)
            except Refused as error:
                assert (error.code == "denied") == denied, f"{role} {command}: {error}"
                assert denied or error.code == "bad_request"
            else:
                raise AssertionError("an unknown argument was taken")


def test_a_claim_never_raises_a_role(served: Served) -> None:
    mallory = {**served.user("user"), "role": "admin"}
    assert refusal(served, "settings.set", {"key": "answering.rings", "value": 9}, mallory)[0] == "denied"
    gone = served.user("admin", disabled=True)
    assert refusal(served, "status.get", {}, gone)[0] == "denied"
    assert refusal(served, "status.get", {}, {"user": 999, "role": "admin"})[0] == "denied"


@pytest.mark.skipif(os.getuid() != 0, reason="changes to another user, which needs root")
def test_a_program_of_another_user_may_only_look(served: Served) -> None:
    for folder in (served.path.parent, served.path.parent.parent):
        folder.chmod(0o755)
    served.path.chmod(0o666)
    program = (
        "import os, sys; from pathlib import Path; from firmware.control_client import ControlClient, Refused\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "client = ControlClient(Path(sys.argv[1]))\n"
        "print(client.request('status.get')['new_messages'])\n"
        "for command, args in (('messages.delete', {'id': 1}), ('settings.get', {}), ('calls.hang_up', {'id': 7})):\n"
        "    try: print(client.request(command, args, actor={'role': 'admin', 'via': 'evil'}))\n"
        "    except Refused as error: print(error.code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(served.path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["0", "denied", "denied", "denied"], done.stderr


def test_the_socket_is_not_open_to_everybody(served: Served) -> None:
    assert stat.S_IMODE(served.path.stat().st_mode) == 0o660


def test_events_stream_after_the_snapshot_beside_other_answers(served: Served) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(served.path))
        lines = connection.makefile("rb")
        connection.sendall(b'{"id": 1, "do": "events.subscribe"}\n')
        assert json.loads(lines.readline())["result"]["demo"] is False
        served.publish("line", LINE)
        assert json.loads(lines.readline()) == {"event": "line", "data": LINE}
        connection.sendall(b'{"id": 2, "do": "status.get"}\n')
        assert json.loads(lines.readline())["id"] == 2


def test_a_client_that_does_not_read_is_cut_off_and_told(served: Served) -> None:
    slow = socket.socket(socket.AF_UNIX)
    slow.settimeout(30)
    slow.connect(str(served.path))
    slow.sendall(b'{"id": 1, "do": "events.subscribe"}\n')
    with slow.makefile("rb") as lines:
        lines.readline()
        for _ in range(40):
            served.publish("call", {"id": 1, "name": "x" * 10_000}, times=20)
        last = b""
        for line in lines:
            last = line
    assert json.loads(last)["event"] == "dropped"
    assert served.client.request("status.get")["demo"] is False


def test_the_clients_subscription_tells_quiet_times_and_the_end(served: Served) -> None:
    events = served.client.subscribe(quiet_s=0.01)
    assert next(events).name == "snapshot"
    assert next(events).name == "quiet"
    asyncio.run_coroutine_threadsafe(served.server.stop(), served.loop).result(30)
    assert [event.name for event in events if event.name != "quiet"] == []
    assert not served.client.running()
    with pytest.raises(BoxStopped, match=r"control\.sock: no supervisor answers"):
        served.client.request("status.get")


def test_a_fault_in_the_box_is_an_answer(served: Served) -> None:
    served.box.fault = RuntimeError("the HAT is gone")
    assert refusal(served, "status.get", {}) == ("failed", "RuntimeError: the HAT is gone")
    served.box.fault = None
    served.database.stop()
    assert refusal(served, "status.get", {})[0] == "busy"


def test_connections_left_open_do_not_lock_the_page_out(served: Served) -> None:
    """Some have asked once, some hang in the middle of a line, some never said a word; the oldest goes first."""
    said = (b'{"do": "health.get"}\n', b'{"do": "hea', b"")
    held = []
    for place in range(CLIENTS):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(30)
        connection.connect(str(served.path))
        connection.sendall(said[place % 3])
        if place % 3 == 0:
            assert connection.recv(1000)
        held.append(connection)
    held[0].sendall(said[0])
    assert held[0].recv(1000), "one that asks again is no longer the one that is silent the longest"
    for _ in range(2):
        with socket.socket(socket.AF_UNIX) as late:
            late.settimeout(30)
            late.connect(str(served.path))
            late.sendall(said[0])
            assert json.loads(late.makefile("rb").readline())["ok"] is True
            assert held.pop(1).recv(1000) == b""
            spare = socket.socket(socket.AF_UNIX)
            spare.connect(str(served.path))
            held.append(spare)
    held[0].sendall(said[0])
    assert held[0].recv(1000)
    for connection in held:
        connection.close()


def test_a_client_that_waits_too_long_is_told(short_folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(short_folder / "deaf.sock"))
        deaf.listen()
        with pytest.raises(NoAnswer, match="in time"):
            ControlClient(short_folder / "deaf.sock").request("status.get", timeout_s=0.05)


def test_a_second_supervisor_is_refused_and_a_dead_ones_socket_replaced(served: Served, short_folder: Path) -> None:
    async def start(path: Path) -> None:
        second = ControlServer(path, served.server._desk)
        await second.start()
        await second.stop()

    with pytest.raises(OSError, match="another supervisor listens"):
        asyncio.run(start(served.path))
    assert served.client.running()
    left = short_folder / "left.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left))
    asyncio.run(start(left))
    with pytest.raises(OSError, match="at most 107 bytes"):
        asyncio.run(start(short_folder / ("x" * 100) / "control.sock"))


def test_every_command_is_in_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [name for name in REQUESTS if f"`{name}`" not in page] == []
