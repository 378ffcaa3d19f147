"""For whoever looks after the box: a backup that another box takes, its log without numbers, a restart."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from firmware.supervisor.store.reader import Reader
from tests.webui.conftest import Browser
from tests.webui.office import Office
from tools import restore
from webui.web import Web


def test_a_backup_is_put_back_on_another_box(
    office: Office, anna: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office.message(1, name="Kept Kate", seconds=2)
    answer = anna.get("/health/backup.tar")
    assert (answer.status, answer.header("Content-Type")) == (200, "application/x-tar")
    file, other = tmp_path / "backup.tar", tmp_path / "other"
    file.write_bytes(answer.body)
    monkeypatch.setenv("FRONTDESK_HOME", str(other))
    assert restore.main([str(file)]) == 0
    assert "Start the box" in capsys.readouterr().out
    again = Office(other)
    again.start()
    try:
        browser = Browser(again.web())
        assert browser.log_in().status == 303
        assert "Kept Kate" in browser.get("/messages").text
        heard = browser.get("/recordings/1/audio.wav")
        assert heard.status == 200 and heard.body == anna.get("/recordings/1/audio.wav").body
    finally:
        again.stop()
    told = office.write(lambda c: [tuple(row) for row in c.execute("SELECT who, action FROM audit")])
    assert ("user:1", "download backup") in told


def test_what_was_there_before_is_kept(office: Office, anna: Browser, tmp_path: Path) -> None:
    office.message(1, seconds=1)
    file = tmp_path / "backup.tar"
    file.write_bytes(anna.get("/health/backup.tar").body)
    other = Office(tmp_path / "other")
    other.start()
    other.call(1, name="Before Bob")
    other.stop()
    kept = restore.restore(file, other.home, "x")
    assert kept == other.home / "before-restore-x"
    with Reader(kept / "frontdesk.db").snapshot(box_stopped=True) as db:
        assert [row["name"] for row in db.execute("SELECT name FROM calls")] == ["Before Bob"]


def packed(folder: Path, members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> Path:
    file = folder / "made.tar"
    with tarfile.open(file, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content), "/etc/passwd"
            tar.addfile(member, io.BytesIO(content))
    return file


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"../evil": b"x"}, tarfile.REGTYPE),
        ({"/etc/evil": b"x"}, tarfile.REGTYPE),
        ({"recordings/../../evil": b"x"}, tarfile.REGTYPE),
        ({"web/secret.key": b"x"}, tarfile.REGTYPE),
        ({"recordings/x.wav": b""}, tarfile.SYMTYPE),
        ({"frontdesk.db": b"no database at all" * 100}, tarfile.REGTYPE),
        ({"recordings/x.wav": b"x"}, tarfile.REGTYPE),
        ({}, tarfile.REGTYPE),
    ],
    ids=["up", "absolute", "up inside", "a key", "a link", "no database", "recordings alone", "nothing"],
)
def test_a_file_that_is_no_backup_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes], kind: bytes
) -> None:
    home = tmp_path / "home"
    (home / "recordings").mkdir(parents=True)
    (home / "recordings" / "mine.wav").write_bytes(b"mine")
    monkeypatch.setenv("FRONTDESK_HOME", str(home))
    assert restore.main([str(packed(tmp_path, members, kind))]) == 2
    assert (home / "recordings" / "mine.wav").read_bytes() == b"mine"
    assert sorted(path.name for path in home.iterdir()) == ["recordings", "run"]
    assert not (tmp_path / "evil").exists()


def test_a_running_box_is_not_restored_over(office: Office, tmp_path: Path) -> None:
    import fcntl

    with (office.home / "run" / "supervisor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(restore.NoBackup, match="stop it first"):
            restore.restore(packed(tmp_path, {}), office.home, "x")


def test_the_log_is_shown_without_numbers_and_its_place_said_where_there_is_none(office: Office, anna: Browser) -> None:
    assert "journalctl -u frontdesk" in anna.get("/health/log").text
    (office.home / "log").mkdir()
    (office.home / "log" / "supervisor.log").write_text("INFO x: <b> 5145550188 rang, +1 514 555-0188 too, port 8443\n")
    text = anna.get("/health/log").text
    assert "&lt;b&gt; ••• rang, ••• too, port 8443" in text


def test_the_box_is_restarted_when_nobody_telephones(office: Office, anna: Browser) -> None:
    anna.get("/health")
    office.telephone.calls = [{"id": 1}]
    later = anna.post("/health/restart").header("Location")
    assert "A call is going on" in anna.get(later).text
    assert office.telephone.restarted == 0
    office.telephone.calls = []
    assert "The box restarts" in anna.get(anna.post("/health/restart").header("Location")).text
    assert office.telephone.restarted == 1


def test_none_of_it_is_for_a_user(office: Office, web: Web) -> None:
    office.user("paul", "user")
    paul = Browser(web)
    paul.log_in("paul")
    assert [paul.get(path).status for path in ("/health", "/health/log", "/health/backup.tar")] == [403] * 3
    assert paul.post("/health/restart").status == 403
    assert office.telephone.restarted == 0
