"""Settings as their owner meets them: the file, its mistakes, the page, the first boot, the printed list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.settings import in_force as settings_module
from firmware.supervisor.settings.__main__ import main
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.settings.markdown import as_markdown
from firmware.supervisor.settings.schema import SCHEMA, SettingsError
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.settings_table import seed_settings, store_setting

ROOT = Path(__file__).resolve().parents[3]


def load(home: Path, text: str, **overrides: object) -> Settings:
    (home / "frontdesk.toml").write_text(text, encoding="utf-8")
    return Settings.load(home, overrides)


def test_without_a_file_every_default_is_in_force_and_valid(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    for key, declared in SCHEMA.items():
        assert settings.source(key) == (declared.default, "default")
        assert declared.check(declared.default) == declared.default
    assert settings.text("box.country") == "CA"
    assert settings.whole("answering.rings") == 2
    assert settings.number("dialing.interdigit_s") == 3.0
    assert settings.flag("lines.A.enabled") is True


def test_the_file_is_read_by_sections(tmp_path: Path) -> None:
    settings = load(tmp_path, '[box]\ncountry = "FR"\n[web]\nport = 443\n[first_boot.answering]\nrings = 4\n')
    assert settings.source("box.country") == ("FR", "file")
    assert settings.source("web.port") == (443, "file")
    assert settings.source("answering.rings") == (4, "first boot")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[box]\ncontry = "CA"', r"frontdesk\.toml:2: box\.contry: unknown setting; did you mean box\.country\?"),
        ("[web]\nprot = 1", r":2: web\.prot: unknown setting; did you mean web\.port\?"),
        ("[server]\nport = 1", r":2: server\.port: unknown setting; did you mean \w+\.port\?"),
        ("zzzzqqqq = 1", r":1: zzzzqqqq: unknown setting$"),
        ("[nothing]", r":1: nothing: unknown setting"),
        ('[box]\ncountry = "Canada"', r":2: box\.country: expected a text of the form `\[A-Z\]\{2\}`, got 'Canada'"),
        ("[box]\ncountry = 1", r"box\.country: expected a text.*got 1"),
        ("[web]\nport = 70000", r":2: web\.port: expected a whole number from 1 to 65535, got 70000"),
        ("[web]\nport = 443.5", r"web\.port: expected a whole number.*got 443\.5"),
        ("[web]\nport = true", r"web\.port: expected a whole number.*got True"),
        ('[web]\nport = "443"', r"web\.port: expected a whole number.*got '443'"),
        ("[web]\nport = [1]", r"web\.port: expected a whole number"),
        ("web = 3", r":1: web: unknown setting"),
        ("[answering]\nrings = 3", r":2: answering\.rings: belongs into \[first_boot\]"),
        ('[first_boot.box]\ncountry = "CA"', r"box\.country: belongs into the file's own sections"),
        ("[first_boot.answering]\nrings = 0", r":2: answering\.rings: expected a whole number from 1 to 10, got 0"),
        ("first_boot = 1", r"\[first_boot\] must be a table"),
        ('[first_boot]\nstatus = "asleep"', r'status: expected one of "automatic", "working"'),
        ('[first_boot.box]\nname = "a\\u0007b"', r"box\.name: expected a text"),
        ("[first_boot.dialing]\ninterdigit_s = nan", r"interdigit_s: expected a number"),
        ('[first_boot.handsets.C]\nextension = "22"', r"expected two different extensions, both are 22"),
        ('[first_boot.dialing]\noutside_prefix = "2"', r"handsets\.C\.extension: 21 begins with the outside prefix 2"),
        ("[box\n", r"frontdesk\.toml: not TOML"),
        ("a = " + "[" * 5000, r"frontdesk\.toml: not TOML"),
        ("a = " + "9" * 5000, r"frontdesk\.toml: not TOML"),
        ("#" * 300_000, r"longer than 262144 bytes"),
    ],
)
def test_a_mistake_names_file_line_key_and_what_is_expected(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        load(tmp_path, text)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_bytes(b'[box]\nname = "\xff"\n')
    with pytest.raises(SettingsError, match="not UTF-8 at byte"):
        Settings.load(tmp_path)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    home = tmp_path_factory.getbasetemp()
    (home / "frontdesk.toml").write_bytes(content)
    try:
        Settings.load(home)
    except SettingsError as error:
        assert str(home / "frontdesk.toml") in str(error)


@given(key=st.sampled_from(sorted(SCHEMA)), value=st.none() | st.booleans() | st.integers() | st.floats() | st.text())
def test_a_value_is_kept_as_it_is_or_refused(key: str, value: Any) -> None:
    try:
        checked = SCHEMA[key].check(value)
    except SettingsError as error:
        assert key in str(error) and len(str(error)) < 400
    else:
        assert checked == value and type(checked) in (str, int, float, bool)
        assert json.loads(json.dumps(checked)) == checked


def test_overrides_win_and_are_checked(tmp_path: Path) -> None:
    settings = load(tmp_path, "[first_boot.answering]\nrings = 4\n", **{"answering.rings": 7, "recording.max_s": 30})
    settings.accept_stored({"answering.rings": 5})
    assert settings.source("answering.rings") == (7, "override")
    assert settings.source("recording.max_s") == (30.0, "override")
    with pytest.raises(SettingsError, match=r"did you mean answering\.rings"):
        Settings.load(tmp_path, {"answering.ring": 3})


def test_once_the_page_has_spoken_the_first_boot_is_over(tmp_path: Path) -> None:
    settings = load(tmp_path, "[first_boot]\nanswering.rings = 4\nretention.days = 30\n")
    assert settings.whole("retention.days") == 30
    settings.accept_stored({"answering.rings": 5})
    assert settings.source("answering.rings") == (5, "page")
    assert settings.source("retention.days") == (0, "default")


def test_stored_rows_that_no_longer_fit_are_left_out_and_told(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    complaints = settings.accept_stored({"answering.rings": 99, "gone.long.ago": 1, "web.port": 1, "status": "out"})
    assert len(complaints) == 3 and "answering.rings" in complaints[0]
    assert settings.whole("answering.rings") == 2 and settings.text("status") == "out"
    assert settings.source("web.port") == (8443, "default")


def test_swapped_extensions_are_fine_once_stored_together(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    assert settings.accept_stored({"handsets.C.extension": "22", "handsets.D.extension": "21"}) == []
    assert settings.text("handsets.C.extension") == "22"
    collided = Settings.load(tmp_path)
    assert len(collided.accept_stored({"handsets.C.extension": "22"})) == 1
    assert collided.text("handsets.C.extension") == "21"


def test_the_page_cannot_set_what_lives_in_the_file(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    with pytest.raises(SettingsError, match=r"frontdesk\.toml, not on the page"):
        settings.accept("box.country", "FR")
    with pytest.raises(SettingsError, match="two different extensions"):
        settings.accept("handsets.C.extension", "22")
    assert settings.stored == {}


def test_the_effective_settings_are_printed_with_their_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRONTDESK_HOME", str(tmp_path))
    settings = load(tmp_path, "[web]\nport = 443\n[first_boot.answering]\nrings = 4\n")
    database = Database(tmp_path / "frontdesk.db")
    database.write(seed_settings, settings.first_boot, now_ms=1).result()
    database.write(store_setting, "status", "meeting", by="user:1", now_ms=2).result()
    database.stop()
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert 'status = "meeting"' in printed and "# page" in printed
    assert main(["--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert set(listed) == set(SCHEMA)
    assert listed["web.port"] == {"value": 443, "source": "file"}
    assert listed["answering.rings"] == {"value": 4, "source": "page"}
    (tmp_path / "frontdesk.toml").write_text("[web]\nprot = 1\n")
    assert main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and "web.port" in captured.err


def test_the_home_folder_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_HOME", "/somewhere")
    assert settings_module.home_folder() == Path("/somewhere")
    monkeypatch.delenv("FRONTDESK_HOME")
    assert settings_module.home_folder() == Path("home")


def test_the_settings_page_of_the_docs_is_current() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == as_markdown(), "run: python -m firmware.supervisor.settings --markdown > docs/settings.md"


def test_a_port_elsewhere_has_settings_by_pattern_and_its_extension_is_its_own(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {"handsets.web1.extension": "31", "lines.sip1.enabled": False})
    assert settings.text("handsets.web1.extension") == "31"
    assert settings.text("handsets.web1.name") == "Handset web1"
    assert settings.text("handsets.web2.extension") == "", "nobody can dial it"
    assert not settings.flag("lines.sip1.enabled") and settings.flag("lines.sip2.enabled")
    assert settings.names("handsets") == ("C", "D", "web1")
    with pytest.raises(SettingsError, match="both are 31"):
        settings.check("handsets.C.extension", "31")
    with pytest.raises(SettingsError, match="both are 21"):
        settings.check("handsets.sip1.extension", "21")
    for key in ("handsets.web1.enabled", "handsets.E.name", "handsets.web9.name", "lines.c.name"):
        with pytest.raises(SettingsError, match="unknown setting"):
            settings.get(key)
