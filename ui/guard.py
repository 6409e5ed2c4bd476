"""What strangers may send: which addresses are open, how large and how slow a request may be, and one sentence for
whatever cannot be answered, with one line in the log at most.

The limits are explained in docs/trust.md.
"""

import asyncio
import errno
import inspect
import logging
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import gradio as gr
from fastapi.exceptions import RequestValidationError
from gradio.utils import get_upload_folder
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import uploads
from ui.checks import Problem
from ui.files import PLACE, compress
from ui.uploads import LARGEST, MB
from ui.words import sentence
from ui.work import Lines

log = logging.getLogger("latent-explorer")

API = "/gradio_api"
NAME = r"[\w-]{1,100}"
ARRIVING = 64  # uploads at once
WAITING = 256  # questions of programs that wait for their turn
SESSIONS = 256  # of programs and pages whose answers are kept for them
LARGE, MOST_LARGE = 100_000, 16  # numbers of a large answer, and how many of those are kept until they are fetched
DRAINED = 16 * LARGEST  # bytes of a request that is too large, read so that its sender hears why
THREADS = 8  # in which Gradio answers pages, reads and writes files
SWEPT = 60  # seconds between two looks at the uploads


class Open(NamedTuple):
    """Addresses that are open, and what may be sent there."""

    methods: str
    pattern: str
    largest: int = 0  # bytes of a request's body
    seconds: float = 10  # in which it has to arrive
    is_streamed: bool = False  # or read as a whole before anything is done with it


# What the page, gradio_client, curl and, where it is offered, the Model Context Protocol need of Gradio. Closed are
# monitoring, the history of runs, recordings, streams, logins, the proxy, and calls that go round the queue.
OPEN = [
    Open("GET HEAD", r"/"),
    Open("GET HEAD", r"/(config|favicon\.ico|robots\.txt|manifest\.json|theme\.css|pwa_icon)(/\d+)?/?"),
    Open("GET HEAD", rf"/(static|assets|svelte|{PLACE})/.+"),
    Open("GET HEAD", API + r"/(info|app_id|startup-events|theme\.css|queue/data)/?"),
    Open("GET HEAD", API + r"/file=(?!\w+:/).+"),  # a file, not the address of one elsewhere
    Open("GET HEAD", API + rf"/(heartbeat/{NAME}|call/(v2/)?{NAME}/{NAME})"),
    Open("POST", API + rf"/(queue/join|component_server|cancel|reset|call/(v2/)?{NAME})/?", MB),
    Open("POST", API + r"/upload", LARGEST + MB // 10, 120, is_streamed=True),  # what surrounds the file, too
    Open("GET HEAD POST DELETE", API + r"/mcp(/.*)?", 2 * LARGEST, 60),  # images come as text, a third longer
]


class Refused(Exception):
    """A request that is answered with a sentence."""

    def __init__(self, status: int, code: str, **params: object):
        super().__init__(sentence(code, **params))
        self.status = status


class Page(gr.Blocks):
    """Blocks that answer whatever programs send with a result or with a sentence.

    Gradio's own answer to what it cannot use is {"error": null}, and a traceback in the log.

    Args:
        lines: where the work for visitors is done.
    """

    def __init__(self, lines: Lines, **kwargs: Any):
        super().__init__(**kwargs)
        self.lines = lines
        self._large: deque[str] = deque()  # sessions that were given large answers, and may not have fetched them

    def queue(self, *args: Any, **kwargs: Any) -> "Page":
        """As Gradio's, with a line that ends somewhere, and without the statistics that only /monitoring shows."""
        super().queue(*args, **{"max_size": WAITING} | kwargs)
        # what is of all events would be computed after each event
        self._queue.compute_analytics_summary = lambda events: {}  # type: ignore[method-assign]
        return self

    async def process_api(self, block_fn: Any, inputs: list, *args: Any, **kwargs: Any) -> dict:
        """As Gradio's; no call leaves anything behind: what it would keep of each caller is the last answer."""
        fn = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        name = str(fn.api_name)
        kwargs.pop("state", None)
        try:
            check_arguments(name, fn.fn or (lambda: None), inputs)
            check_files(inputs)
            output = await super().process_api(fn, inputs, *args, **kwargs)
            if numbers(output["data"]) > LARGE:
                self.remember(kwargs.get("session_hash") or "")
            return output
        except gr.Error:
            raise
        except Problem as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            tell(name, error)
            raise gr.Error(sentence("problem.unexpected"), print_exception=False) from error

    def remember(self, session: str) -> None:
        """Note that a session is given a large answer; the oldest of too many that nobody has fetched is dropped."""
        self._large.append(session)
        if len(self._large) > MOST_LARGE:
            oldest, pending = self._large.popleft(), self._queue.pending_messages_per_session
            if oldest in pending and not pending[oldest].empty():
                del pending[oldest]
                self._queue.pending_event_ids_session.pop(oldest, None)


def numbers(value: Any) -> int:
    """How many numbers there are in lists of lists; each takes 32 bytes while it waits to be fetched."""
    if isinstance(value, dict):
        return sum(map(numbers, value.values()))
    if isinstance(value, list):
        return sum(map(numbers, value)) if value and isinstance(value[0], list | dict) else len(value)
    return 0


def check_arguments(name: str, fn: Callable, given: list) -> None:
    """Raise a Problem where there are not as many values as an endpoint takes."""
    names = list(inspect.signature(fn).parameters)
    if len(given) != len(names):
        takes = ", ".join(names) or "nothing"
        raise Problem("problem.arguments", name=name, takes=takes, given=len(given))


def check_files(value: Any) -> None:
    """Raise a Problem where a caller names a file that was not uploaded: an address elsewhere, a path on the server."""
    if isinstance(value, dict):
        if "path" in value:
            try:
                uploads.file_of(value)
            except Problem as error:
                raise Problem("problem.file") if error.code == "problem.question" else error from None
        for part in value.values():
            check_files(part)
    elif isinstance(value, list):
        for part in value:
            check_files(part)


def tell(what: str, error: BaseException) -> None:
    """A line in the log about something that was not foreseen."""
    log.warning("%s: %s", what, " ".join(repr(error).split())[:300])


class Guard:
    """Middleware that lets in what the page needs, and answers the rest, and every failure, with a sentence."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.arriving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        has_begun = False

        async def sent(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            place = opened(scope)
            check_event(scope)
            if place.is_streamed:
                await self.upload(place, scope, receive, sent)
            else:
                body = await whole(receive, place, scope) if scope["method"] in ("POST", "DELETE") else b""
                await self.app(scope, replay(body, receive), sent)
        except ClientDisconnect:
            pass
        except asyncio.CancelledError as error:
            if "graceful shutdown" not in str(error):  # uvicorn's word, as it ends, for requests that do not
                raise
        except Exception as error:
            answer = refusal(error)
            if answer.status_code >= 500 or not isinstance(error, (Refused, HTTPException)):
                tell(f"{scope['method']} {scope['path'][:100]!r}", error)
            with suppress(Exception):  # the one who asked may have gone
                if has_begun:
                    await send({"type": "http.response.body", "body": b""})
                else:
                    await answer(scope, receive, send)

    async def upload(self, place: Open, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a file in, where there is room for it."""
        if self.arriving >= ARRIVING:
            raise Refused(503, "problem.busy")
        folder = Path(get_upload_folder())
        self.arriving += 1
        try:
            await check_length(receive, place, scope)
            await asyncio.to_thread(uploads.make_room, folder, place.largest)
            # without its query: with an upload_id Gradio would keep a record for everybody who never asks for it
            await self.app({**scope, "query_string": b""}, counted(receive, place), send)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):  # what arrived of this one, too
                await asyncio.to_thread(uploads.make_room, folder, room=0)
            raise
        finally:
            self.arriving -= 1


def opened(scope: Scope) -> Open:
    """What may be sent to a request's address; Refused where it is closed."""
    root, path = scope.get("root_path", ""), scope["path"]
    path = path.removeprefix(root) if root and path.startswith(f"{root}/") else path
    places = [place for place in OPEN if re.fullmatch(place.pattern, path)]
    if not places:
        raise Refused(404, "problem.closed")
    for place in places:
        if scope["method"] in place.methods.split():
            return place
    raise Refused(405, "problem.method", methods=" or ".join(places[0].methods.split()))


def check_event(scope: Scope) -> None:
    """Refuse to wait for the answer to a question that nobody has asked; Gradio would answer with a failure."""
    match = re.search(rf"{API}/call/(?:v2/)?{NAME}/({NAME})$", scope["path"])
    if match and scope["method"] == "GET":
        queue = scope["app"].get_blocks()._queue
        pending = queue.pending_event_ids_session.values()
        if match[1] not in queue.event_ids_to_events and not any(match[1] in ids for ids in pending):
            raise Refused(404, "problem.event")


async def check_length(receive: Receive, place: Open, scope: Scope) -> None:
    """Refuse a body that is said to be too large, once it was read and thrown away, or the answer may not be seen."""
    length = Headers(scope=scope).get("content-length", "0")
    if length.isdecimal() and int(length) > place.largest:
        with suppress(TimeoutError):
            async with asyncio.timeout(place.seconds):
                left = min(int(length), DRAINED)
                while left > 0 and (message := await receive())["type"] == "http.request" and message.get("more_body"):
                    left -= len(message.get("body", b""))
        raise too_large(place)


def too_large(place: Open) -> Refused:
    """What is said of a request that is too large."""
    return Refused(413, "problem.too_large", largest=f"{place.largest / MB:.0f}")


async def whole(receive: Receive, place: Open, scope: Scope) -> bytes:
    """The body of a request, as long as it is not too large and does not take too long."""
    await check_length(receive, place, scope)
    parts, size = [], 0
    try:
        async with asyncio.timeout(place.seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > place.largest:
                    raise too_large(place)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError as error:
        raise Refused(408, "problem.slow", seconds=f"{place.seconds:g}") from error


def replay(body: bytes, receive: Receive) -> Receive:
    """A body that was read, for the one who is to read it."""
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_part() -> Message:
        return parts.pop() if parts else await receive()

    return next_part


def counted(receive: Receive, place: Open) -> Receive:
    """The parts of an upload, until there are too many of them, or they take too long.

    What is raised is what Gradio's reader of forms expects: it removes the files that it has begun.
    """
    size, end = 0, asyncio.get_running_loop().time() + place.seconds

    async def next_part() -> Message:
        nonlocal size
        try:
            async with asyncio.timeout_at(end):
                message = await receive()
        except TimeoutError as error:
            raise MultiPartException(sentence("problem.slow", seconds=f"{place.seconds:g}")) from error
        if message["type"] == "http.disconnect":
            raise MultiPartException(sentence("problem.cut_off"))
        size += len(message.get("body", b""))
        if size > place.largest:
            raise MultiPartException(str(too_large(place)))
        return message

    return next_part


CODES = {403: "problem.closed", 404: "problem.closed", 405: "problem.closed", 503: "problem.busy"}


def refusal(error: Exception) -> Response:
    """What is answered to a request that has failed. Gradio's own routes fail at what makes no sense to them."""
    if isinstance(error, Refused):
        status, text = error.status, str(error)
    elif isinstance(error, HTTPException):
        status, text = error.status_code, sentence(CODES.get(error.status_code, "problem.request"))
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        status, text = 507, sentence("problem.disk")
    elif isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
        status, text = 503, sentence("problem.unexpected")
    else:
        status, text = 400, sentence("problem.request")
    headers = {"connection": "close"} if status in (408, 413) else None
    return JSONResponse({"detail": text}, status, headers)


async def on_http_error(_: Request, error: HTTPException) -> Response:
    """Refusals by Gradio and Starlette, as sentences."""
    return refusal(error)


async def on_invalid(_: Request, __: RequestValidationError) -> Response:
    """A body that is not what an address takes."""
    return JSONResponse({"detail": sentence("problem.request")}, 422)


def lifespan(published: Path) -> Callable:
    """What goes on while the server runs: files that are served are compressed, uploads that are too old go, and little
    is kept for callers who do not come back."""

    @asynccontextmanager
    async def running(app: Any) -> AsyncIterator[None]:
        app.state_holder.capacity = SESSIONS
        if app.get_blocks().custom_mount_path is None:  # elsewhere the threads belong to the other program
            anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        tasks = [
            asyncio.create_task(task) for task in (asyncio.to_thread(compress, published), sweep(app.get_blocks()))
        ]
        try:
            yield
        finally:
            app.get_blocks().lines.close()
            for task in tasks:
                task.cancel()

    return running


async def sweep(page: Page) -> None:
    """Remove uploads that are too old, and what Gradio keeps of callers who have their answers, again and again."""
    while True:
        await asyncio.sleep(SWEPT)
        forget(page._queue.pending_event_ids_session)
        with suppress(OSError):
            await asyncio.to_thread(uploads.make_room, Path(get_upload_folder()))


def forget(pending: dict[str, set[str]]) -> None:
    """Drop the sessions for which nothing is pending; Gradio would keep each for as long as it runs."""
    for session in [session for session, events in pending.items() if not events]:
        del pending[session]


HANDLERS = {HTTPException: on_http_error, RequestValidationError: on_invalid}
