"""A bad day of the server: models that change under it, a full disk, a taken port, the end. Training's are in
test_train.py."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import app
from tests.conftest import run_apart
from tests.test_abuse import JSON, Server, told
from tools.browser import ROOT, free_port, wait_for
from ui import guard, uploads
from vae.checkpoint import CheckpointError, check_writable

resource = pytest.importorskip("resource")

# Writes down whom a Python process talks to, from its first moment on
WITNESS = """
import os, sys
def witness(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        where = arguments[1]
    elif event == "socket.getaddrinfo":
        where = arguments[0]
    else:
        return
    with open(os.environ["WITNESS"], "a") as file:
        print(event, where, file=file)
sys.addaudithook(witness)
"""


@contextlib.contextmanager
def started(folder, **environment):
    """A page over the models of a folder, with temporary folders of its own; gives its process and the server."""
    port, log = free_port(), folder.parent / f"{folder.name}.log"
    temporary = folder.parent / f"{folder.name}.tmp"
    temporary.mkdir()
    settings = {"GRADIO_SERVER_PORT": str(port), "CHECKPOINTS": str(folder), "TMPDIR": str(temporary)} | environment
    with log.open("wb") as file:
        inherited = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=inherited | settings, stdout=file, stderr=file
        )
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for(address, process)
        with httpx.Client(base_url=address, timeout=60) as http:
            yield process, Server(address, log, http)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory, checkpoints):
    """A page whose models can be changed, and what it asked the network for."""
    place = tmp_path_factory.mktemp("running")
    (place / "python").mkdir()
    (place / "python" / "sitecustomize.py").write_text(WITNESS)
    folder = place / "checkpoints"
    for name in ("mnist-vae-2d", "mnist-ae-2d", "mnist-vae-2d-beta4", "mnist-vae-20d-lecture"):
        shutil.copytree(checkpoints / name, folder / name)
    witness = {"PYTHONPATH": str(place / "python"), "WITNESS": str(place / "witness")}
    with started(folder, **witness) as (process, server):
        server.component = next(
            part["id"]
            for part in server.http.get("config").json()["components"]
            if "ask_convert" in str(part["props"].get("server_fns"))
        )
        yield process, server, folder, place / "witness"


def sampled(server, name):
    return told(server.call("sample", [1, "prior", 1.0, 0, name]))


def test_a_model_that_is_deleted_damaged_or_replaced_under_the_page(running, checkpoints):
    """What browsers are told of stays as it was; programs are told what has happened."""
    _, server, folder, _ = running
    page = server.http.get("/").text
    address = re.search(r"gradio_api/files/mnist-ae-2d/model-\w+\.safetensors", page)[0]
    shutil.rmtree(folder / "mnist-ae-2d")
    weights = folder / "mnist-vae-2d-beta4" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    shutil.rmtree(folder / "mnist-vae-20d-lecture")
    shutil.copytree(checkpoints / "mnist-vae-20d", folder / "mnist-vae-20d-lecture")
    assert server.http.get(address).content == (checkpoints / "mnist-ae-2d" / "model.safetensors").read_bytes()
    assert "mnist-ae-2d has no config.json" in sampled(server, "mnist-ae-2d")
    assert "not those that its metrics.json describes" in sampled(server, "mnist-vae-2d-beta4")
    assert "replaced by another model" in sampled(server, "mnist-vae-20d-lecture")
    assert sampled(server, "mnist-vae-2d") is None
    assert str(folder) not in sampled(server, "mnist-ae-2d")


def test_a_full_disk_is_said_in_a_sentence_and_room_is_made(running):
    process, server, _, _ = running
    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    server.upload(b"another one's")
    server.logged()
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        answer = server.http.post("gradio_api/upload", files={"files": ("a.png", bytes(5_000_000))})
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)
    assert answer.status_code == 507 and "no room for files" in answer.json()["detail"]
    assert len(server.logged()) == 1
    folder = Path(server.upload(b"the next")["path"]).parent.parent
    assert [file.read_bytes() for file in folder.rglob("*") if file.is_file()] == [b"the next"]


def test_nobody_else_is_asked_for_anything(running):
    """Neither at the start, nor by a page, nor by what programs ask, nor by what they should not ask."""
    _, server, _, witness = running
    for path in ("/", "config", "gradio_api/info", "theme.css", "gradio_api/startup-events", "manifest.json"):
        assert server.http.get(path).status_code == 200
    image = server.upload((ROOT / "examples" / "3-ballpoint.jpg").read_bytes())
    for path in ("linear", "geodesic"):
        assert told(server.call("morph", [image, image, 3, path, "mnist-vae-2d"])) is None
    assert told(server.question("ask_convert", image)) is None
    elsewhere = {"path": "http://example.com/a.png", "meta": {"_type": "gradio.FileData"}}
    assert told(server.call("encode", [elsewhere, "mnist-vae-2d", None]))
    assert server.http.get("gradio_api/file=http://example.com/a.png").status_code == 404
    asked = witness.read_text().splitlines()
    assert asked  # Gradio asks itself whether it is there
    assert not [line for line in asked if "127.0.0.1" not in line and "localhost" not in line and "/" not in line]


def test_the_end_comes_soon_and_leaves_nothing(running):
    """In the middle of a geodesic, of an upload, and with a page open."""
    process, server, folder, _ = running
    image = server.upload((ROOT / "examples" / "3-ballpoint.jpg").read_bytes())
    other = server.upload((ROOT / "examples" / "8-chalk.jpg").read_bytes())
    for _ in range(8):
        body = json.dumps({"data": [image, other, 50, "geodesic", "mnist-vae-2d"]})
        assert server.http.post("gradio_api/call/morph", content=body, headers=JSON).status_code == 200
    host, port = "127.0.0.1", int(server.address.split(":")[-1].strip("/"))
    with socket.create_connection((host, port)) as page, socket.create_connection((host, port)) as upload:
        page.sendall(b"GET /gradio_api/heartbeat/s HTTP/1.1\r\nHost: x\r\n\r\n")
        assert page.recv(1000)
        head = b"Host: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n"
        upload.sendall(b"POST /gradio_api/upload HTTP/1.1\r\n" + head + bytes(1000))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert "Traceback" not in server.log.read_text()
    assert not list((folder.parent / f"{folder.name}.tmp").glob("latent-explorer-*"))


def test_without_a_model_the_page_is_there_and_says_so(tmp_path):
    (tmp_path / "none").mkdir()
    with started(tmp_path / "none") as (_, server):
        assert "problem.no_models" in server.http.get("/").text
        assert told(server.call("models", [])) is None
        assert "python train.py" in sampled(server, None)


def test_a_port_that_is_taken_ends_in_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = {"GRADIO_SERVER_PORT": str(taken.getsockname()[1]), "GRADIO_NUM_PORTS": "1", "TMPDIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "app.py"], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True
        )
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    assert "port" in done.stderr and not list(tmp_path.glob("latent-explorer-*"))


def test_a_folder_for_uploads_that_cannot_be_written_to_ends_in_a_sentence(tmp_path):
    """/proc stands for a folder that is another one's: nobody can write there."""
    settings = {"GRADIO_TEMP_DIR": "/proc/uploads", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True
    )
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    assert "cannot be kept in /proc/uploads" in done.stderr


# The folder of uploads


def filled(folder, ages, size=10):
    for k, age in enumerate(ages):
        place = folder / f"{k:064x}"
        place.mkdir(parents=True)
        (place / "image.png").write_bytes(bytes(size))
        modified = (folder.stat().st_mtime) - age
        os.utime(place / "image.png", (modified, modified))


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({}, 5),
        ({"room": 35}, 3),
        ({"room": 35, "needed": 20}, 1),
        ({"most": 3}, 2),
        ({"kept": 250}, 2),
        ({"room": 0}, 0),
    ],
)
def test_the_oldest_uploads_go_first(tmp_path, limits, left):
    filled(tmp_path, [500, 400, 300, 200, 100])
    uploads.make_room(tmp_path, **limits)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [f"{k:064x}" for k in range(5 - left, 5)]


def test_what_is_not_gradio_s_is_left_alone(tmp_path):
    (tmp_path / "tmpabc").write_text("another program's")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("another program's")
    uploads.make_room(tmp_path, room=0)
    assert len(list(tmp_path.rglob("*"))) == 3
    ours = tmp_path / f"{uploads.PREFIX}x"
    ours.mkdir()
    (ours / "tmpabc").write_text("cut off")
    uploads.make_room(ours, room=0)
    assert not list(ours.iterdir())


def test_a_folder_that_cannot_be_written_to_is_said():
    with pytest.raises(CheckpointError, match="cannot be written to"):
        check_writable(Path("/proc/nowhere"))


def test_large_answers_that_nobody_fetches_are_dropped_the_oldest_first(checkpoints):
    assert guard.numbers([{"z": [[1.0, 2.0]] * 3, "images": [[[0.0] * 28] * 28] * 2, "gif": {"path": "x"}}]) == 1574
    page, pending = app.build(checkpoints).page, {}
    page._queue.pending_messages_per_session = pending
    for k in range(guard.MOST_LARGE + 3):
        pending[str(k)] = asyncio.Queue()
        if k != 1:
            pending[str(k)].put_nowait("an answer")  # the second one was fetched
        page.remember(str(k))
    assert set(map(str, range(guard.MOST_LARGE + 3))) - set(pending) == {"0", "2"}


def test_callers_who_have_their_answers_are_forgotten():
    pending = {"one": set(), "two": {"event"}, "three": set()}
    guard.forget(pending)
    assert pending == {"two": {"event"}}


# Slow requests: with a clock of its own, as the real one is too slow for a test


async def never():
    await asyncio.Event().wait()


def test_a_body_that_does_not_come_is_given_up():
    place = guard.Open("POST", "/", largest=10, seconds=0.01)
    with pytest.raises(guard.Refused, match="took longer than"):
        run_apart(guard.whole(never, place, {"type": "http", "headers": []}))

    async def upload():
        await guard.counted(never, place)()

    with pytest.raises(guard.MultiPartException, match="took longer than"):
        run_apart(upload())
