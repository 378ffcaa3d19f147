"""What a box believes of a bundle, and what it says of one that it does not."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board.eeprom import PRODUCT
from drivers.hat_bundle import CERTIFICATE, MANIFEST, SIGNATURE, BundleError, read
from firmware.hat.version import BOARD_REV, VERSION
from tools.bundle import HAT, KEYRING, SIGNER, SIGNER_KEY, MakeError, main, make, make_keys

ROOT = Path(__file__).resolve().parents[2]
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "own"
    make_keys(folder, "Ada", days=30)
    return folder


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "good"
    make(out, keys)
    return out


@pytest.fixture
def bundle(tmp_path: Path, good: Path) -> Path:
    """A copy, to be spoilt."""
    return Path(shutil.copytree(good, tmp_path / "bundle"))


def signed_again(bundle: Path, keys: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes the manifest and signs it anew, as a signer who makes a mistake would."""
    fields = json.loads((bundle / MANIFEST).read_bytes())
    change(fields)
    data = json.dumps(fields).encode()
    (bundle / MANIFEST).write_bytes(data)
    key = serialization.load_pem_private_key((keys / SIGNER_KEY).read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    (bundle / SIGNATURE).write_bytes(key.sign(data))


def refused(bundle: Path, keys: Path, now: dt.datetime = NOW) -> str:
    with pytest.raises(BundleError) as caught:
        read(bundle, keys / KEYRING, PRODUCT, now)
    return str(caught.value)


def test_a_good_bundle_is_the_program_byte_by_byte(good: Path, keys: Path) -> None:
    found = read(good, keys / KEYRING, PRODUCT)
    assert (found.version, found.signer) == (".".join(map(str, VERSION)), "Ada")
    assert found.files and all(file.data == (HAT / file.name).read_bytes() for file in found.files)
    found.check_board(BOARD_REV)
    with pytest.raises(BundleError, match=rf"made for revision {BOARD_REV}, this board is revision 9"):
        found.check_board(9)


def test_a_compiled_bundle_carries_what_the_slot_imports(tmp_path: Path, keys: Path) -> None:
    make(tmp_path / "mpy", keys, architecture="armv6m")
    files = {file.name: file.data for file in read(tmp_path / "mpy", keys / KEYRING, PRODUCT).files}
    assert files.keys() >= {"main.mpy", "stuffing_viper.mpy"}
    assert all(data[:2] == b"M\x06" for data in files.values())


@pytest.mark.parametrize("missing", [MANIFEST, SIGNATURE, CERTIFICATE])
def test_an_unsigned_bundle_is_refused_and_what_lacks_is_named(bundle: Path, keys: Path, missing: str) -> None:
    (bundle / missing).unlink()
    told = refused(bundle, keys)
    assert told.startswith(f"{bundle / missing}: ") and "not signed" in told


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bit_of_a_bundle_can_be_changed(good: Path, keys: Path, tmp_path: Path, data: st.DataObject) -> None:
    """In any file at any place; the certificate's PEM may be written in more than one way, its meaning not changed."""
    names = sorted(path.name for path in good.iterdir() if path.name != CERTIFICATE)
    name = data.draw(st.sampled_from([MANIFEST, SIGNATURE, *names]))
    bundle = tmp_path / "flipped"
    shutil.rmtree(bundle, ignore_errors=True)
    shutil.copytree(good, bundle)
    content = bytearray((bundle / name).read_bytes())
    if not content:
        content = bytearray(b"#")
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (bundle / name).write_bytes(content)
    told = refused(bundle, keys)
    assert str(bundle / MANIFEST) in told or str(bundle / name) in told


def test_a_file_that_was_changed_or_left_out_is_named(bundle: Path, keys: Path) -> None:
    (bundle / "fxs.py").write_bytes((bundle / "fxs.py").read_bytes()[::-1])
    assert refused(bundle, keys).startswith(f"{bundle / 'fxs.py'}: changed since it was signed")
    (bundle / "fxs.py").write_bytes(b"")
    assert "fxs.py: 0 bytes, " in refused(bundle, keys)
    (bundle / "fxs.py").unlink()
    assert "fxs.py: No such file or directory; expected, since it is signed" in refused(bundle, keys)


def test_a_manifest_that_was_changed_is_named(bundle: Path, keys: Path) -> None:
    text = (bundle / MANIFEST).read_text()
    (bundle / MANIFEST).write_text(text.replace(PRODUCT, "LineHAT-5"))
    assert refused(bundle, keys).startswith(f"{bundle / MANIFEST}: changed since it was signed")


def test_a_stranger_signs_nothing(tmp_path: Path, bundle: Path, keys: Path) -> None:
    make_keys(tmp_path / "other", "Ada")
    make(tmp_path / "theirs", tmp_path / "other")
    assert f"'Ada' is unknown here: expected a signer of an authority in {keys / KEYRING}" in refused(
        tmp_path / "theirs", keys
    )
    shutil.copy(tmp_path / "other" / SIGNER, bundle / CERTIFICATE)  # their name on our signature
    assert "is unknown here" in refused(bundle, keys)
    shutil.copy(tmp_path / "other" / KEYRING, bundle / CERTIFICATE)
    assert "is unknown here" in refused(bundle, keys)
    shutil.copy(keys / KEYRING, bundle / CERTIFICATE)  # the authority itself: it vouches, and signs no program
    assert "not for code signing" in refused(bundle, keys)


def test_a_keyring_of_several_authorities_believes_each(tmp_path: Path, good: Path, keys: Path) -> None:
    make_keys(tmp_path / "other", "Bob")
    both = tmp_path / "both.pem"
    both.write_bytes((tmp_path / "other" / KEYRING).read_bytes() + (keys / KEYRING).read_bytes())
    assert read(good, both, PRODUCT).signer == "Ada"


def test_a_key_that_has_expired_or_is_not_valid_yet_is_told(bundle: Path, keys: Path) -> None:
    read(bundle, keys / KEYRING, PRODUCT, NOW + 29 * DAY)
    told = refused(bundle, keys, NOW + 31 * DAY)
    assert told.startswith(f"{bundle / CERTIFICATE}: the key of 'Ada' has expired on ")
    assert "is the clock right?" in refused(bundle, keys, NOW - DAY)
    assert f"{keys / KEYRING}: the key of 'Ada: authority' has expired" in refused(bundle, keys, NOW + 3651 * DAY)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda fields: fields.update(board="LineHAT-5"), "board: made for 'LineHAT-5', expected 'LineHAT-4'"),
        (lambda fields: fields.update(format=2), "format: expected 1"),
        (lambda fields: fields.update(extra=1), "expected the fields architecture, board"),
        (lambda fields: fields.update(board_revs="1"), "board_revs: expected a list of whole numbers"),
        (lambda fields: fields.update(version=""), "version: expected a word"),
        (lambda fields: fields["files"].clear(), "files: expected a list of 1 to 100 files"),
        (lambda fields: fields["files"].append(fields["files"][0]), "each file once"),
        (lambda fields: fields["files"][0].update(name="../../etc/passwd"), "'../../etc/passwd': expected name"),
        (lambda fields: fields["files"][0].pop("sha256"), "None: expected name, size and sha256"),
        (
            lambda fields: fields.update(files=[one for one in fields["files"] if one["name"] != "main.py"]),
            "expected main.py or main.mpy among them",
        ),
    ],
)
def test_what_a_signer_got_wrong_is_told_by_its_field(
    bundle: Path, keys: Path, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    signed_again(bundle, keys, change)
    said = refused(bundle, keys)
    assert said.startswith(f"{bundle / MANIFEST}: ") and told in said


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE, CERTIFICATE, "main.py"])
def test_files_without_an_end_are_not_read_to_their_end(bundle: Path, keys: Path, name: str) -> None:
    with (bundle / name).open("ab") as file:
        file.truncate(1 << 30)
    assert f"{bundle / name}: more than " in refused(bundle, keys)


def test_a_keyring_that_is_missing_or_none_is_told(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"nowhere\.pem: No such file or directory; expected the keyring"):
        read(bundle, tmp_path / "nowhere.pem", PRODUCT)
    (tmp_path / "text.pem").write_text("hello")
    with pytest.raises(BundleError, match=r"text\.pem: expected PEM certificates"):
        read(bundle, tmp_path / "text.pem", PRODUCT)


def test_keys_are_private_replace_nothing_and_lie_outside_git(tmp_path: Path, keys: Path) -> None:
    assert {path.name: path.stat().st_mode & 0o777 for path in keys.glob("*.key")} == {
        "authority.key": 0o600,
        "signer.key": 0o600,
    }
    assert main(["keys", str(keys)]) == 2
    (tmp_path / "work" / ".git").mkdir(parents=True)
    with pytest.raises(MakeError, match="in the git work tree"):
        make_keys(tmp_path / "work" / "deep" / "keys", "Ada")
    assert not (tmp_path / "work" / "deep").exists()


def test_no_private_key_is_in_this_repository() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git work tree")
    words = ["git", "grep", "-lE", "BEGIN [A-Z ]*PRIVATE KEY"]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout == ""


def test_what_cannot_be_made_is_told_and_leaves_nothing(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = shutil.copytree(HAT, tmp_path / "program", ignore=shutil.ignore_patterns("__pycache__"))
    (program / "tdm.py").unlink()
    assert main(["make", str(tmp_path / "out"), "--keys", str(keys), "--package", str(program)]) == 2
    assert "tdm.py: No such file" in capsys.readouterr().err and not (tmp_path / "out").exists()
    (program / "package.json").write_text('{"urls": [["boot.py", "boot.py"]]}')
    with pytest.raises(MakeError, match=r"package\.json: urls: expected a/main\.py"):
        make(tmp_path / "out", keys, program)
    assert main(["make", str(tmp_path / "out"), "--keys", str(tmp_path)]) == 2
    assert "signer.key" in capsys.readouterr().err
    assert main(["make", str(tmp_path / "out"), "--keys", str(keys)]) == 0
    assert main(["make", str(tmp_path / "out"), "--keys", str(keys)]) == 2
    assert "is there already" in capsys.readouterr().err
