"""Starts a page's server and a headless Chromium for measurements, screenshots and tests."""

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser, BrowserContext, Playwright
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

ROOT = Path(__file__).parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card, for the map
]
# Everything is drawn as with a graphics card, which the processor plays: not what browsers choose without one
EMULATED_CARD = "--use-angle=swiftshader"
# What browsers and Gradio ask the root of a server for, which need not be ours
ASKED_OF_ROOT = ("/favicon.ico", "/manifest.json")
# A script for pages that are opened as if one had been there before: without the hints of a first visit
BEEN_HERE = "try { localStorage.setItem('latent-explorer.hints', 'seen') } catch {}"


def camera(film: Path) -> list[str]:
    """Flags for a camera that sees a film, an .mjpeg file, again and again."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]


def find_chromium(first: str = "") -> str | None:
    """The Chromium or Chrome of this machine: CHROMIUM names one, else the first on the path; None without one.

    Args:
        first: a name to look for before all others.
    """
    names = (first, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, filter(None, names))), None)


def node() -> str:
    """The Node that Playwright ships, or else the system's: it runs the page's pure scripts."""
    driver = compute_driver_executable()
    own = Path(driver[0] if isinstance(driver, tuple) else driver)
    found = str(own) if own.exists() else shutil.which("node")
    if found is None:
        raise RuntimeError("No Node here: neither Playwright's nor the system's.")
    return found


def _options(flags: Sequence[str], first: str) -> dict[str, Any]:
    """What both kinds of launch are called with."""
    path = find_chromium(first)
    if path is None:
        raise RuntimeError("No Chromium here. Install it (Debian: apt-get install chromium), or name one in CHROMIUM.")
    return {"executable_path": path, "args": [*FLAGS, *flags]}


def launch(playwright: Playwright, flags: Sequence[str] = (), first: str = "") -> Browser:
    """A headless browser, with further flags; `first` is a name to look for before all others. RuntimeError says how to
    get one where there is none."""
    return playwright.chromium.launch(**_options(flags, first))


def launch_profile(
    playwright: Playwright, folder: Path, flags: Sequence[str] = (), first: str = "", **context: Any
) -> BrowserContext:
    """The same with a person's profile, kept in a folder: from visit to visit it has what it fetched and compiled. Its
    one page is empty; with its last page it ends."""
    return playwright.chromium.launch_persistent_context(folder, **_options(flags, first), **context)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(
    script: Path = ROOT / "app.py",
    environment: dict[str, str] | None = None,
    log: Path | None = None,
    port: int | None = None,
) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run a Gradio script on a port, or on a free one; gives its address once it answers, and its process.

    What it prints goes to the file `log`, where one is named.
    """
    port = port or free_port()
    address = f"http://127.0.0.1:{port}/"
    settings = {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", **(environment or {})}
    with log.open("wb") if log else contextlib.nullcontext(subprocess.DEVNULL) as output:
        process = subprocess.Popen(
            [sys.executable, str(script)], cwd=ROOT, env={**os.environ, **settings}, stdout=output, stderr=output
        )
    try:
        wait_for(address, process)
        yield address, process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def serve(
    script: Path = ROOT / "app.py", environment: dict[str, str] | None = None, log: Path | None = None
) -> Iterator[tuple[str, float]]:
    """The same, with the seconds from the start to the first HTTP 200 in place of the process."""
    start = time.perf_counter()
    with started(script, environment, log) as (address, _):
        yield address, time.perf_counter() - start


@contextmanager
def running(app: ASGIApp, http: type | None = None) -> Iterator[str]:
    """Run an ASGI application on a free port, in a thread, by uvicorn's own protocol or another; gives its address."""
    config = uvicorn.Config(
        app, port=0, log_level="warning", timeout_graceful_shutdown=1, lifespan="off", http=http or "auto"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def serve_files(folder: Path) -> Iterator[str]:
    """Offer a folder's files on a free port, as good file servers do: compressed, parts of files on request."""
    files = Starlette(routes=[Mount("/", StaticFiles(directory=folder, html=True))])
    compressed = GZipMiddleware(files)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_part = any(name == b"range" for name, _ in scope.get("headers", ()))
        await (files if is_part else compressed)(scope, receive, send)

    with running(answer) as address:
        yield address


def wait_for(address: str, process: subprocess.Popen, seconds: float = 120) -> None:
    """Until a page answers with HTTP 200."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server stopped with status {process.returncode} before it answered.")
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.01)
    raise RuntimeError(f"No answer from {address} in {seconds:.0f} s.")


def p95(times: list[float]) -> float:
    """The time that 95 % of the measured ones stay below."""
    return statistics.quantiles(times, n=20)[-1]
