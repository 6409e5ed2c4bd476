"""Connections that say what they want too slowly."""

import asyncio
import socket
import sys
import time
from types import SimpleNamespace

import pytest
import uvicorn

import app
from tools.browser import running
from ui import guard
from ui.connections import impatient

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


async def page(scope, receive, send):
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def server():
    config = uvicorn.Config(page, port=0, log_level="warning", lifespan="off")
    config.load()
    with running(page, impatient(config.http_protocol_class, 0.4)) as address:
        yield "127.0.0.1", int(address.rstrip("/").rsplit(":", 1)[1])


def is_closed(connection):
    """Whether the server hangs up, before a test that fails would end for other reasons."""
    connection.settimeout(20)
    return connection.recv(100) == b""


def drip(connection, until=20):
    """Send a header byte by byte, as one does who wants to keep the server waiting; gives whether it hangs up."""
    connection.settimeout(0.05)
    end = time.monotonic() + until
    while time.monotonic() < end:
        try:
            connection.sendall(b"x")
            if connection.recv(100) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def test_a_connection_that_says_nothing_is_closed(server):
    with socket.create_connection(server) as connection:
        assert is_closed(connection)


def test_headers_that_drip_in_are_not_waited_for_at_first_or_later(server):
    with socket.create_connection(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert drip(connection)
    with socket.create_connection(server) as connection:
        connection.sendall(REQUEST)
        assert b"200 OK" in connection.recv(1000)
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert drip(connection)


def test_an_answer_that_takes_longer_is_given_and_the_connection_stays(server):
    with socket.create_connection(server) as connection:
        connection.settimeout(20)
        for request in (REQUEST.replace(b"/ ", b"/slow "), REQUEST):
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"ok"):
                answer += connection.recv(1000)
            assert b"200 OK" in answer
            connection.settimeout(0.8)
            with pytest.raises(
                TimeoutError
            ):  # idle between two requests, as connections of browsers are: it stays open
                connection.recv(1)
            connection.settimeout(20)


def test_the_app_s_server_is_that_impatient(monkeypatch):
    config = uvicorn.Config(page)
    config.load()
    plain = config.http_protocol_class
    monkeypatch.setattr(guard.Page, "launch", lambda self, **_: setattr(self, "server", SimpleNamespace(config=config)))
    monkeypatch.setattr(guard.Page, "block_thread", lambda self: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("sys.argv", ["app.py"])
    app.main()
    assert config.http_protocol_class is not plain and issubclass(config.http_protocol_class, plain)


def test_an_empty_name_of_a_folder_of_models_is_none(monkeypatch):
    opened = []
    monkeypatch.setattr(app, "build", lambda folder, mcp: opened.append(folder) or sys.exit())
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("sys.argv", ["app.py"])
    for named, expected in (("", app.ROOT / "checkpoints"), ("elsewhere", "elsewhere")):
        monkeypatch.setenv("CHECKPOINTS", named)
        with pytest.raises(SystemExit):
            app.main()
        assert opened.pop() == expected
