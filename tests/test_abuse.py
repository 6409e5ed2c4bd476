"""A stranger with a script: each row of the tables is an attack, over HTTP against one server.

To each there is one clear sentence, never a traceback, at most one line in the log, and the next good question is
answered as if nothing had happened.
"""

import base64
import io
import json
import math
import re
import shutil
import socket
import struct
import tempfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw
from safetensors.numpy import load_file, save_file

from tools.browser import ROOT, serve
from ui.words import sentence
from vae import checkpoint

HTML = "<img src=x onerror=alert(1)>"
NAME = "mnist-vae-2d"  # the server's default


@dataclass
class Server:
    """A running page: how it is asked, and what it has logged."""

    address: str
    log: Path
    http: httpx.Client
    component: int = 0
    seen: int = field(default=0)

    def logged(self) -> list[str]:
        """Lines since the last time."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        new, self.seen = lines[self.seen :], len(lines)
        return new

    def upload(self, content: bytes, name: str = "image.png") -> dict:
        """A file, as an argument."""
        (path,) = self.http.post("gradio_api/upload", files={"files": (name, content)}).json()
        return {"path": path, "meta": {"_type": "gradio.FileData"}}

    def call(self, endpoint: str, data: object) -> httpx.Response:
        """Ask as curl does: a question, then its answer. `data` is JSON already where it is bytes."""
        body = data if isinstance(data, bytes) else json.dumps({"data": data}).encode()
        asked = self.http.post(f"gradio_api/call/{endpoint}", content=body, headers=JSON)
        if asked.status_code != 200:
            return asked
        return self.http.get(f"gradio_api/call/{endpoint}/{asked.json()['event_id']}")

    def question(self, name: str, data: object, **other: object) -> httpx.Response:
        """Ask as the page does."""
        body = {"data": data, "component_id": self.component, "session_hash": "s", "fn_name": name} | other
        content = json.dumps({key: value for key, value in body.items() if value is not ...})
        return self.http.post("gradio_api/component_server", content=content, headers=JSON)


JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, checkpoints):
    """A folder with a good model and poisoned ones."""
    folder = tmp_path_factory.mktemp("checkpoints")
    shutil.copytree(checkpoints / NAME, folder / NAME)
    for name in ("pickle", "shapes", "nan", "hash", "metrics", "html", HTML.replace("/", "")):
        shutil.copytree(checkpoints / NAME, folder / name)
    (folder / "pickle" / "model.safetensors").write_bytes(b"\x80\x04cos\nsystem\n(S'touch trapped'\ntR.")
    header = json.dumps({"encoder.0.weight": {"dtype": "F16", "shape": [2**50, 784], "data_offsets": [0, 8]}}).encode()
    (folder / "shapes" / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    weights = load_file(folder / "nan" / "model.safetensors")
    weights["decoder.0.bias"][:] = math.nan
    save_file(weights, folder / "nan" / "model.safetensors")
    for name in ("pickle", "shapes", "nan"):
        change(folder / name / "metrics.json", sha256=checkpoint.sha256(folder / name / "model.safetensors"))
    change(folder / "hash" / "metrics.json", sha256="0" * 64)
    (folder / "metrics" / "metrics.json").write_text("[" * 100_000)
    change(folder / "html" / "metrics.json", test=HTML, readable=HTML)
    return folder


def change(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    log = tmp_path_factory.mktemp("log") / "log"
    with (
        serve(environment={"CHECKPOINTS": str(folder)}, log=log) as (address, _),
        httpx.Client(base_url=address, timeout=60) as http,
    ):
        server = Server(address, log, http)
        parts = http.get("config").json()["components"]
        (server.component,) = [part["id"] for part in parts if "ask_convert" in str(part["props"].get("server_fns"))]
        is_well(server)
        server.logged()
        yield server


def is_well(server):
    """A good question has its answer."""
    answer = server.call("sample", [1, "prior", 1.0, 0, None])
    assert "event: complete" in answer.text and '"z"' in answer.text


def told(answer):
    """The sentence in an answer; None where it is what was asked for."""
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        # An answer that takes longer than 15 seconds is preceded by heartbeats
        event, data = re.search(r"event: (?!heartbeat)(\w+)\ndata: (.*)", answer.text).groups()
        told = json.loads(data)
        return None if event == "complete" else (told if isinstance(told, str) else told["error"])
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return answer.text if answer.status_code >= 400 else None
    content = answer.json()
    if isinstance(content, dict) and "problem" in content:
        problem = dict(content["problem"])
        return sentence(problem.pop("code"), **problem)
    return content["detail"] if answer.status_code >= 400 else None


def endured(server, answer, is_refused=True):
    """What holds of every attack: see above."""
    text = told(answer)
    assert answer.status_code < 500
    if is_refused or text is not None:
        assert isinstance(text, str) and len(text) > 20 and text[0].isalnum() and text.rstrip()[-1] in ".)?", text
        places = [str(ROOT), tempfile.gettempdir(), "site-packages", "Traceback", "Error("]
        assert not [place for place in places if place in text], text
    assert not answer.headers.get("content-type", "").startswith("text/html")
    is_well(server)
    lines = server.logged()
    assert len(lines) <= 1 and "Traceback" not in "".join(lines), lines
    return text


# Images


def png(width=20, height=20, *chunks, data=None, depth=8, colour=0):
    """A PNG, chunk by chunk; of what has its own data no pixel is made."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    data = zlib.compress(bytes((width + 1) * height)) if data is None else data
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    middle = b"".join(chunk(kind, content) for kind, content in chunks)
    return b"\x89PNG\r\n\x1a\n" + head + middle + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def seven(mode="L", size=(60, 60), ground="white", ink="black"):
    image = Image.new("RGB", size, ground)
    ImageDraw.Draw(image).line([(15, 12), (45, 12), (25, 50)], fill=ink, width=6)
    return image.convert(mode)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def frames(n):
    return saved(seven(), "GIF", save_all=True, append_images=[seven(ink=(k % 256, 0, 0)) for k in range(n)])


TIFF_LOOP = b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHII", 256, 3, 1, 20) + struct.pack("<I", 8)
ZEROS = zlib.compress(bytes(50_000_000))  # 50 MB in 49 kB
EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x63\0\0\0\0\0\0"  # orientation 99
IMAGES = {  # name: content, and whether it must be refused
    "a header of 400 megapixels": (png(20_000, 20_000, data=ZEROS), True),
    "64 megapixels of nothing": (png(8_000, 8_000, data=ZEROS), True),
    "a line 4 billion pixels long": (png(2**32 - 1, 1, data=ZEROS), True),
    "a GIF of 65,535 squared": (b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + b",", True),
    "a TIFF that leads to itself": (TIFF_LOOP, True),
    "text that unpacks to 50 MB": (png(20, 20, (b"zTXt", b"a\0\0" + ZEROS)), False),
    "a profile that unpacks to 50 MB": (png(20, 20, (b"iCCP", b"a\0\0" + ZEROS)), False),
    "a profile of noise": (saved(seven("RGB"), "JPEG", icc_profile=bytes(range(256)) * 20), False),
    "an orientation that is none": (saved(seven("RGB"), "JPEG", exif=EXIF), False),
    "metadata of noise": (saved(seven("RGB"), "JPEG", exif=b"Exif\0\0II*\0" + bytes(range(256))), False),
    "metadata with HTML": (saved(seven(), "PNG", exif=b"Exif\0\0" + HTML.encode()), False),
    "16 bits": (saved(Image.fromarray(np.asarray(seven()).astype(np.uint16) * 257), "PNG"), False),
    "CMYK": (saved(seven("CMYK"), "JPEG"), False),
    "LAB": (saved(seven("LAB"), "TIFF"), False),
    "one bit": (saved(seven("1"), "PNG"), False),
    "an animation of 300 frames": (frames(300), False),
    "one pixel high": (saved(Image.new("L", (20_000, 1), 255), "PNG"), True),
    "one pixel": (saved(Image.new("L", (1, 1)), "PNG"), True),
    "numbers that are none": (saved(Image.new("F", (30, 30), math.nan), "TIFF"), True),
    "numbers beyond all": (saved(Image.fromarray(np.full((30, 30), np.inf, np.float32)), "TIFF"), True),
    "wholly transparent": (saved(Image.new("RGBA", (50, 50)), "PNG"), True),
    "blank": (saved(Image.new("L", (300, 300), 255), "PNG"), True),
    "pixels missing": (png(300, 300, data=zlib.compress(bytes(10))), True),
    "a checksum that is wrong": (png()[:-20] + b"\0\0\0\0" + png()[-16:], True),
    "a JPEG cut short": (saved(seven("RGB", (400, 400)), "JPEG")[:600], True),
    "a palette without colours": (png(20, 20, colour=3), True),
    "SVG": (f'<svg xmlns="http://www.w3.org/2000/svg" onload="{HTML}"/>'.encode(), True),
    "SVG that asks for a file": (b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>', True),
    "HTML": (HTML.encode(), True),
    "GIF and script": (b"GIF89a/*" + bytes(20) + b"*/=alert(1)", True),
    "PNG and archive": (saved(seven(), "PNG") + b"PK\x03\x04" + bytes(100), False),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n", True),
    "PDF": (b"%PDF-1.7\n1 0 obj<</JS(app.alert(1))>>endobj", True),
    "an archive": (b"PK\x03\x04" + bytes(100), True),
    "a program": (b"\x7fELF" + bytes(200), True),
    "nothing": (b"", True),
    "a format that is not offered": (saved(seven("P"), "PCX"), True),
}


@pytest.mark.parametrize("name", IMAGES)
def test_images(server, name):
    content, is_refused = IMAGES[name]
    file = server.upload(content)
    endured(server, server.call("encode", [file, None, None]), is_refused)
    problem = told(server.question("ask_convert", file))
    assert problem is None or len(problem) > 20  # what is empty can be converted


# Arguments


NESTED = json.loads("[" * 300 + "]" * 300)
BAD = {
    "text": "zero",
    "HTML": HTML,
    "a list of nothing": [],
    "an object": {"a": 1},
    "true": True,
    "too large": 1e308,
    "an endless number": 10**400,
    "negative": -1,
    "NaN": math.nan,
    "infinite": math.inf,
    "nested": NESTED,
    "long": "x" * 100_000,
    "a path": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
}
GOOD = {
    "encode": ["image", None, None],
    "decode": [[0.0, 0.0], None],
    "sample": [2, "prior", 1.0, 1, None],
    "morph": ["image", "image", 3, "linear", None],
}
ARGUMENTS = [(name, place, bad) for name, values in GOOD.items() for place in range(len(values)) for bad in BAD]


@pytest.fixture(scope="module")
def image(server):
    return server.upload(saved(seven(), "PNG"))


@pytest.mark.parametrize(("name", "place", "bad"), ARGUMENTS)
def test_arguments(server, image, name, place, bad):
    values = [image if value == "image" else value for value in GOOD[name]]
    values[place] = BAD[bad]
    endured(server, server.call(name, values))


QUESTIONS = {
    "ask_convert": {"path": "image"},
    "ask_animate": {"model": None, "z": [[0.0, 0.0]], "format": "gif", "side": 28},
}
ASKED = [(name, key, bad) for name, values in QUESTIONS.items() for key in [*values, ...] for bad in BAD]


@pytest.mark.parametrize(("name", "key", "bad"), ASKED)
def test_questions_of_the_page(server, name, key, bad):
    data = BAD[bad] if key is ... else QUESTIONS[name] | {key: BAD[bad]}
    endured(server, server.question(name, data))


FILE = {"meta": {"_type": "gradio.FileData"}}
PLACES = [
    "/etc/passwd",
    "../../../../etc/passwd",
    "file:///etc/passwd",
    "http://127.0.0.1:1/x.png",
    "https://example.com/x.png",
    "//example.com/x.png",
    "/proc/self/environ",
    "a\0b",
    "x" * 5000,
    "",
    ".",
    str(ROOT / "app.py"),
    "C:\\Windows\\win.ini",
    "data:image/png;base64,AAAA",
]


@pytest.mark.parametrize("place", PLACES)
def test_files_that_were_not_uploaded(server, place):
    endured(server, server.call("encode", [FILE | {"path": place}, None, None]))
    endured(server, server.call("encode", [FILE | {"path": place, "url": place}, {"path": place}, None]))
    endured(server, server.question("ask_convert", {"path": place}))


# Requests


def sent(method, path, **options):
    return lambda server: server.http.request(method, path, **options)


def posted(path, body, **headers):
    return sent("POST", f"gradio_api/{path}", content=body, headers=JSON | headers)


def multipart(*parts, boundary="b", **headers):
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
    kind = {"content-type": f"multipart/form-data; boundary={boundary}"} if boundary else {"content-type": "text/plain"}
    return sent("POST", "gradio_api/upload", content=body, headers=kind | headers)


def part(name, content=b"x", field="files"):
    return b'Content-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s' % (field.encode(), name, content)


def joined(**body):
    return posted("queue/join", json.dumps(body).encode())


def component(**body):
    return posted("component_server", json.dumps(body).encode())


def endless(size):
    """A body that does not say how long it is."""

    def parts():
        for _ in range(size // 100_000):
            yield bytes(100_000)

    return parts()


REQUESTS = {
    "no arguments": posted("call/decode", b'{"data": []}'),
    "too few arguments": posted("call/decode", b'{"data": [[0, 0]]}'),
    "too many arguments": posted("call/decode", json.dumps({"data": [[0.0, 0.0]] + [None] * 50}).encode()),
    "arguments where there are none": posted("call/models", b'{"data": [1]}'),
    "no data": posted("call/decode", b"{}"),
    "data that is no list": posted("call/decode", b'{"data": "all"}'),
    "an empty body": posted("call/decode", b""),
    "a body that is not JSON": posted("call/decode", b"\xff\xfe{{{"),
    "a body nested without end": posted("call/decode", b'{"data": ' + b"[" * 400_000),
    "a body of 2 MB": posted("call/decode", b'{"data": [[' + b"0," * 1_000_000 + b"0]]}"),
    "a million pixels for the page": component(data={"pixels": [0.5] * 1_000_000}, component_id=1),
    "a body that does not say its size": posted("call/decode", endless(3_000_000)),
    "a size that is not its own": posted("call/decode", b"{}", **{"content-length": "2"}),
    "an endpoint that is not there": posted("call/steal", b'{"data": []}'),
    "an endpoint with a path in it": posted("call/..%2f..%2fetc", b'{"data": []}'),
    "an answer that nobody asked for": sent("GET", "gradio_api/call/decode/0123456789abcdef"),
    "a function by number": joined(fn_index=999, data=[], session_hash="s"),
    "a function by a negative number": joined(fn_index=-1, data=[], session_hash="s"),
    "a session that is a number": joined(fn_index=0, data=[], session_hash=7),
    "no session": joined(fn_index=0, data=[]),
    "a trigger that is text": joined(fn_index=0, data=[], session_hash="s", trigger_id=HTML),
    "past the queue": posted("run/decode", b'{"data": [[0, 0], null]}'),
    "past the queue, by its other name": posted("api/decode", b'{"data": [[0, 0], null]}'),
    "a component that is not there": component(data=1, component_id=99, session_hash="s", fn_name="ask_convert"),
    "a component that is a list": component(data=1, component_id=[1], session_hash="s", fn_name="ask_convert"),
    "a session that is an object": component(data=1, component_id=1, session_hash={}, fn_name="ask_convert"),
    "a question without its parts": component(data=1),
    "a question that is a list": posted("component_server", b"[1, 2]"),
    "a method that is none of the page's": component(data=1, component_id=1, session_hash="s", fn_name="__init__"),
    "a method of another kind": component(data=1, component_id=1, session_hash="s", fn_name=["ask_convert"]),
    "an upload that is no form": multipart(boundary=None),
    "an upload without an end": multipart(boundary=""),
    "an upload without a name": multipart(b"Content-Disposition: form-data\r\n\r\nx"),
    "an upload of headers": multipart(b"A: " + b"x" * 100_000),
    "2,000 files at once": multipart(*[part(b"a.png")] * 2000),
    "an upload that says that it is large": multipart(part(b"a.png", bytes(26_000_000))),
    "an upload that grows": sent("POST", "gradio_api/upload", files={"files": ("a", bytes(30_000_000))}),
    "another method": sent("PUT", "gradio_api/upload", content=b"x"),
    "a method that nobody knows": sent("BREW", "/"),
    "writing where one reads": sent("POST", "/", content=b"x"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_requests(server, name):
    answer = REQUESTS[name](server)
    if answer.status_code == 200 and "event_id" in answer.text:
        answer = server.http.get(f"gradio_api/call/decode/{answer.json()['event_id']}")
    endured(server, answer)


CLOSED = [
    "monitoring",
    "monitoring/summary",
    "monitoring/x",
    "gradio_api/runs",
    "gradio_api/run-history/records?bucket=a/b",
    "gradio_api/run-history/connect",
    "gradio_api/process_recording",
    "gradio_api/deep_link",
    "gradio_api/dev/reload",
    "gradio_api/vibe-edit",
    "gradio_api/vibe-code",
    "gradio_api/undo-vibe-edit",
    "gradio_api/vibe-starter-queries",
    "gradio_api/profiling/traces",
    "gradio_api/queue/status",
    "gradio_api/token",
    "gradio_api/user",
    "gradio_api/login_check",
    "gradio_api/openapi.json",
    "gradio_api/proxy=http://example.com",
    "gradio_api/stream/a/b/c/playlist.m3u8",
    "gradio_api/custom_component/a/client/component/../../x",
    "gradio_api/upload_progress?upload_id=../../x",
    "gradio_api/file=http://example.com/x",
    "gradio_api/file=https://example.com",
    "gradio_api/file=file:///etc/passwd",
    "gradio_api/file=/etc/passwd",
    "gradio_api/file=../../../etc/passwd",
    "gradio_api/file=%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "gradio_api/file=/proc/self/environ",
    "gradio_api/file=app.py",
    "gradio_api/file=checkpoints/mnist-vae-2d/config.json",
    "gradio_api/file=a%00b",
    "gradio_api/file=.",
    "gradio_api/file=",
    "gradio_api/file//etc/passwd",
    "gradio_api/mcp/",
    "gradio_api/files/../../app.py",
    "gradio_api/files/%2e%2e/%2e%2e/etc/passwd",
    "gradio_api/files//etc/passwd",
    "gradio_api/files/a%00b",
    "gradio_api/files/",
    "gradio_api/files/..%5c..%5cx",
    "static/../../../etc/passwd",
    "static/%2e%2e/%2e%2e/%2e%2e/app.py",
    "static/a%00b",
    "assets/%2e%2e/%2e%2e/x",
    "assets/..%2f..%2fx",
    "svelte/%2e%2e/%2e%2e/x",
    "svelte//etc/passwd",
    "theme.css/../../etc/passwd",
    "favicon.ico/x",
    "pwa_icon/../../x",
    "docs",
    "redoc",
    "login",
    "logout",
    ".env",
    ".git/config",
]


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_addresses_that_are_closed(server, method, path):
    """As they stand: a client would take the dots out."""
    parts = urlsplit(server.address)
    with socket.create_connection((parts.hostname, parts.port), 30) as connection:
        body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" if method == "POST" else "\r\n"
        connection.sendall(f"{method} /{path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n{body}".encode())
        content = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = content.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    headers = {"content-type": re.search(rb"content-type: ([^;\r]*)", head)[1].decode()}
    answer = httpx.Response(status, content=body, headers=headers)
    assert status >= 400 and b"root:" not in body
    endured(server, answer)


NAMES = [
    b"../../../../tmp/escaped.png",
    b"..\\..\\escaped.png",
    b"/etc/cron.d/escaped",
    b"a\0b.png",
    b"x" * 5000,
    HTML.encode(),
    b"line\r\nSet-Cookie: a=b",
    b".",
    b"..",
    b"",
    "\u202egnp.exe".encode(),
    b"\xff\xfe",
    b".htaccess",
]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_names_of_uploads(server, name):
    answer = multipart(part(name))(server)
    endured(server, answer, is_refused=False)
    if answer.status_code == 200:  # whatever it is called, it lies in its own folder
        for path in answer.json():
            assert re.search(r"latent-explorer-\w+/[0-9a-f]{64}/[^/]+$", path), path


@pytest.mark.parametrize("name", ["page.html", "image.svg", "script.js"])
def test_what_was_uploaded_is_never_run(server, name):
    path = server.upload(b"<svg onload='alert(1)'>", name)["path"]
    answer = server.http.get(f"gradio_api/file={path}")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["content-type"].startswith("application/octet-stream")


def test_an_upload_that_is_cut_off_leaves_nothing(server):
    folder = Path(server.upload(b"whole")["path"]).parent.parent
    before = set(folder.iterdir())
    parts = urlsplit(server.address)
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 9000000\r\n"
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode())
        connection.sendall(b"--b\r\n" + part(b"half.png", bytes(2_000_000)))
    is_well(server)
    assert set(folder.iterdir()) <= before or wait_until(lambda: set(folder.iterdir()) <= before)
    assert len(server.logged()) <= 1


def wait_until(holds):
    """Whether something comes true, asked again and again."""
    return any(holds() for _ in range(200_000))


def test_only_the_good_model_is_offered(server):
    (models,) = json.loads(server.call("models", []).text.split("data: ")[1])
    assert [model["name"] for model in models] == [NAME]
    page = server.http.get("/").text
    assert HTML not in page
    for name in ("pickle", "shapes", "nan", "hash", "metrics", "html"):
        assert endured(server, server.call("sample", [1, "prior", 1.0, 0, name])).startswith("There is no model")


def test_a_picture_in_text_is_not_taken(server):
    data = base64.b64encode(saved(seven(), "PNG")).decode()
    endured(server, server.call("encode", [f"data:image/png;base64,{data}", None, None]))
