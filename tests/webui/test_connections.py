"""Browsers that say nothing, dribble, break off or crowd: the page answers everybody else."""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.webui.wire import PATIENCE_S, connect, log_in, trusting
from webui import connections
from webui.certificate import certificate
from webui.doorway import MOST_OF_STRANGERS
from webui.live import MOST_VIEWERS
from webui.server import PAGE_THREADS, Server
from webui.web import Web

HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: box.local\r\nX-Slow: "


@pytest.fixture
def page(web: Web, tmp_path: Path) -> Iterator[int]:
    """The port of a running page."""
    server = Server(web, certificate(tmp_path, "127.0.0.1"), "127.0.0.1", 0)
    serving = threading.Thread(target=server._server.serve)
    serving.start()
    yield server.port
    server.stop()
    serving.join(20)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes what a test opens."""
    with ExitStack() as stack:
        yield stack


def silent(port: int, address: str = "127.0.0.2") -> socket.socket:
    """A connection that says nothing, from one of this machine's own addresses."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S, source_address=(address, 0))


def greeted(port: int, address: str = "127.0.0.2") -> ssl.SSLSocket:
    """A connection whose handshake is done."""
    return trusting().wrap_socket(silent(port, address), server_hostname="localhost")


def break_off(connection: socket.socket) -> None:
    """Ends a connection as a telephone does that loses its Wi-Fi and is found again: by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answer(port: int, cookie: str) -> int:
    """The status with which a page comes to somebody who is logged in."""
    browser = connect(port)
    browser.request("GET", "/messages", headers={"Cookie": cookie})
    status = browser.getresponse().status
    browser.close()
    return status


def ended(connection: socket.socket) -> bool:
    """Waits for the page to end a connection without a word."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_silent_and_slow_connections_keep_nobody_waiting(page: int, opened: ExitStack) -> None:
    cookie = log_in(page)
    for number in range(10):
        opened.enter_context(silent(page, f"127.0.0.{2 + number // 5}"))
    for number in range(45):
        slow = opened.enter_context(greeted(page, f"127.0.0.{4 + number // 5}"))
        slow.sendall(HALF_A_HEAD)
    half_a_hello = opened.enter_context(silent(page, "127.0.0.14"))
    half_a_hello.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
    assert [answer(page, cookie) for _ in range(3)] == [200, 200, 200]


def test_a_handshake_and_a_head_have_their_time_in_all(
    page: int, opened: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HANDSHAKE_S", 0.5)
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    assert ended(opened.enter_context(silent(page)))
    slow = opened.enter_context(greeted(page))
    slow.sendall(HALF_A_HEAD)
    slow.settimeout(0.1)
    sent = 0
    for _ in range(PATIENCE_S * 10):
        try:
            slow.sendall(b"x")  # each in time, all together not
            sent += 1
            assert slow.recv(1) == b""
        except TimeoutError:
            continue
        except ConnectionError:
            pass
        break
    assert 1 < sent < PATIENCE_S * 10


def test_a_body_that_does_not_come_is_given_up(
    page: int, opened: ExitStack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connections, "BODY_S", 0.5)
    slow = opened.enter_context(greeted(page))
    slow.sendall(
        b"POST /login HTTP/1.1\r\nHost: box.local\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 100\r\n\r\nname=anna"
    )
    assert ended(slow)
    assert caplog.records == []


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n"])
def test_a_head_that_comes_in_pieces_is_put_together(page: int, opened: ExitStack, end: bytes) -> None:
    browser = opened.enter_context(greeted(page))
    for piece in (b"GET /hel", b"p HTTP/1.1\r\nHo", b"st: box.local\r\nX-Long: " + b"x" * 17000, end):
        browser.sendall(piece)
    assert browser.recv(1024).split()[1] == (b"200" if end.startswith(b"\r") else b"400")


def test_two_requests_in_one_piece_are_both_answered(page: int, opened: ExitStack) -> None:
    browser = opened.enter_context(greeted(page))
    one = b"GET /help HTTP/1.1\r\nHost: box.local\r\n"
    browser.sendall(one + b"\r\n" + one + b"Connection: close\r\n\r\n")
    got = b"".join(iter(lambda: browser.recv(65536), b""))
    assert got.count(b"HTTP/1.1 200 OK") == 2


def test_what_broke_off_is_nobody_elses_error(page: int) -> None:
    """Python 3.12 and newer leave an error in the thread, which OpenSSL then takes for the next connection's."""
    cookie = log_in(page)
    for _ in range(3):
        break_off(greeted(page))
        assert answer(page, cookie) == 200
    for _ in range(0, MOST_VIEWERS + PAGE_THREADS, MOST_VIEWERS):
        viewers = [connect(page) for _ in range(MOST_VIEWERS)]
        for viewer in viewers:
            viewer.request("GET", "/events", headers={"Cookie": cookie})
        streams = [viewer.getresponse() for viewer in viewers]
        for viewer, stream in zip(viewers, streams, strict=True):
            stream.readline()
            assert viewer.sock is not None
            break_off(viewer.sock)
            stream.close()
    for _ in range(MOST_VIEWERS + PAGE_THREADS):
        browser = connect(page)
        browser.putrequest("POST", "/login")
        browser.putheader("Content-Type", "application/x-www-form-urlencoded")
        browser.putheader("Content-Length", "9")
        browser.endheaders()
        browser.send(b"name=anna")  # after its head, so that the thread waits for it
        assert browser.getresponse().status == 403
        browser.close()


def test_of_strangers_at_one_address_the_ninth_takes_the_place_of_one_that_waits(
    page: int, opened: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HANDSHAKE_S", 600.0)  # none goes by itself
    cookie = log_in(page)
    known = http.client.HTTPSConnection(
        "127.0.0.1", page, context=trusting(), timeout=PATIENCE_S, source_address=("127.0.0.2", 0)
    )
    known.request("GET", "/messages", headers={"Cookie": cookie})
    assert known.getresponse().read()
    strangers = [opened.enter_context(silent(page)) for _ in range(MOST_OF_STRANGERS)]
    elsewhere = opened.enter_context(greeted(page, "127.0.0.3"))
    ninth = opened.enter_context(greeted(page))
    ninth.sendall(b"GET /help HTTP/1.1\r\nHost: box.local\r\n\r\n")
    assert ninth.recv(1024).startswith(b"HTTP/1.1 200")
    assert ended(strangers[0])
    elsewhere.sendall(b"GET /help HTTP/1.1\r\nHost: box.local\r\n\r\n")
    assert elsewhere.recv(1024).startswith(b"HTTP/1.1 200")
    known.request("GET", "/messages", headers={"Cookie": cookie})
    assert known.getresponse().status == 200
    known.close()


def test_plain_http_is_sent_to_the_page(page: int, opened: ExitStack) -> None:
    plain = opened.enter_context(silent(page))
    plain.sendall(b"GET / HTTP/1.1\r\nHost: box.local\r\n\r\n")
    head = b"".join(iter(lambda: plain.recv(1024), b"")).decode()
    assert head.startswith("HTTP/1.1 301 ")
    assert f"Location: https://127.0.0.1:{page}/\r\n" in head


def test_what_is_no_tls_is_ended(page: int, opened: ExitStack) -> None:
    noise = opened.enter_context(silent(page))
    noise.sendall(bytes(range(256)))
    while noise.recv(1024):
        pass
    assert answer(page, log_in(page)) == 200
