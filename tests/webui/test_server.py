"""The running process: certificate, start and stop, live viewers beside pages."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.webui.office import Office
from tests.webui.wire import ROOT, command, connect, log_in, page_process
from webui.certificate import certificate
from webui.live import MOST_VIEWERS
from webui.pages import stream
from webui.server import Server
from webui.web import Web


def test_the_certificate_is_p256_names_this_machine_and_is_kept(tmp_path: Path) -> None:
    first = certificate(tmp_path, "192.0.2.7")
    again = certificate(tmp_path, "192.0.2.7")
    assert first == again
    made = x509.load_pem_x509_certificate(first.path.read_bytes())
    key = made.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "frontdesk.local", socket.gethostname().lower()} <= set(
        names.get_values_for_type(x509.DNSName)
    )
    assert {"127.0.0.1", "192.0.2.7"} <= {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert first.key_path.stat().st_mode & 0o077 == 0
    assert re.fullmatch("([0-9A-F]{2}:){31}[0-9A-F]{2}", first.fingerprint)


def test_a_certificate_of_the_owners_own_is_kept_and_a_damaged_one_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.certificate._OURS", "Roy & Martin")
    own = certificate(tmp_path, "office.example")
    monkeypatch.undo()
    assert certificate(tmp_path, "192.0.2.7").fingerprint == own.fingerprint
    own.path.write_text("no certificate")
    renewed = certificate(tmp_path, "192.0.2.7")
    assert renewed.fingerprint != own.fingerprint
    assert certificate(tmp_path, "192.0.2.7").fingerprint == renewed.fingerprint


def test_live_viewers_leave_room_for_pages_and_the_process_ends_with_them_watching(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    office.start()
    office.user()
    try:
        with page_process(office.home) as (process, port):
            cookie = {"Cookie": log_in(port)}
            viewers = []
            for _ in range(MOST_VIEWERS):
                viewer = connect(port)
                viewer.request("GET", "/events", headers=cookie)
                stream = viewer.getresponse()
                assert stream.headers["Content-Type"].startswith("text/event-stream")
                assert stream.readline().startswith(b"retry:")
                viewers.append((viewer, stream))
            page = connect(port)
            page.request("GET", "/events", headers=cookie)
            full = page.getresponse()
            full.read()
            assert full.status == 503
            page.request("GET", "/messages", headers=cookie)
            answer = page.getresponse()
            assert (answer.status, answer.read()[:15]) == (200, b"<!doctype html>")
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    finally:
        office.stop()


def test_a_browser_that_leaves_gives_its_place_to_the_next_at_once(
    office: Office, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PULSE_S", 3600.0)  # with no pulse, only the closed connection can tell
    server = Server(web, certificate(tmp_path, "127.0.0.1"), "127.0.0.1", 0)
    serving = threading.Thread(target=server._server.serve)
    serving.start()
    try:
        cookie = {"Cookie": log_in(server.port)}

        def watch() -> tuple[http.client.HTTPSConnection, http.client.HTTPResponse]:
            viewer = connect(server.port)
            viewer.request("GET", "/events", headers=cookie)
            return viewer, viewer.getresponse()

        viewers = [watch() for _ in range(MOST_VIEWERS)]
        assert watch()[1].status == 503
        connection, answer = viewers.pop()
        answer.close()
        connection.close()
        until = time.monotonic() + 20
        while (again := watch())[1].status == 503 and time.monotonic() < until:
            again[1].read()
        assert again[1].status == 200
        for connection, answer in [*viewers, again]:
            answer.close()
            connection.close()
    finally:
        server.stop()
        serving.join(20)


def test_a_taken_port_and_a_wrong_settings_file_are_said_with_exit_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = subprocess.run(command(tmp_path, "--port", port), cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in run.stderr
    (tmp_path / "frontdesk.toml").write_text("[web]\nprot = 1\n")
    run = subprocess.run(command(tmp_path), cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2
    assert "web.prot" in run.stderr
    assert "web.port" in run.stderr
