"""Serves what never changes: scripts, words, test images, weights. Kept by browsers, compressed once, not each time.

Gradio could serve them, too, but looks each up among uploads and compresses scripts for every visitor anew.
"""

import gzip
import os
from pathlib import Path

import brotli
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

# Where they lie, seen from the page. Where Node renders it, Node asks Python for all that is in gradio_api.
PLACE = "gradio_api/files"
CHUNK = 1 << 20  # bytes that are read at once: each time another thread is asked
COMPRESSED = (".js", ".json", ".svg", ".css")
ENCODINGS = {"br": ".br", "gzip": ".gz"}  # the better one first
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}  # each address changes with the content


class Published(StaticFiles):
    """A folder of files that last; beside some lies the same file compressed, see `compress`."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or a compressed one for those who take it; parts are parts of the file itself."""
        full_path = str(full_path)
        headers = Headers(scope=scope)
        accepted = headers.get("accept-encoding", "")
        encoding = next(
            (name for name, end in ENCODINGS.items() if name in accepted and os.path.exists(full_path + end)), None
        )
        if encoding is None or "range" in headers:
            answer: Response = super().file_response(full_path, stat_result, scope, status_code)
        else:
            own = full_path + ENCODINGS[encoding]
            media_type = FileResponse(full_path).media_type
            answer = FileResponse(own, status_code, media_type=media_type, stat_result=os.stat(own))
            answer.headers["content-encoding"] = encoding
            if self.is_not_modified(answer.headers, headers):
                answer = NotModifiedResponse(answer.headers)
        if full_path.endswith(COMPRESSED):
            answer.headers.add_vary_header("accept-encoding")
        answer.headers.update(FOR_EVER)
        if isinstance(answer, FileResponse):
            answer.chunk_size = CHUNK
        return answer


class Files:
    """Middleware that serves a folder at PLACE, before Gradio is asked."""

    def __init__(self, app: ASGIApp, folder: Path):
        self.app, self.files = app, Published(directory=folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file, or pass a request on."""
        root = scope.get("root_path", "")
        place = f"{root if scope.get('path', '').startswith(f'{root}/') else ''}/{PLACE}"
        if scope["type"] == "http" and scope["path"].startswith(f"{place}/"):
            await self.files({**scope, "root_path": place, "path": scope["path"]}, receive, send)
        else:
            await self.app(scope, receive, send)


def compress(folder: Path) -> None:
    """Put a compressed file beside each one that it makes smaller."""
    for path in folder.rglob("*"):
        if path.suffix in COMPRESSED:
            content = path.read_bytes()
            for end, packed in ((".br", brotli.compress(content, quality=6)), (".gz", gzip.compress(content, 6))):
                part = path.with_name(path.name + ".part")
                part.write_bytes(packed)
                part.replace(path.with_name(path.name + end))
