"""The explorer as a Gradio component: a gr.HTML with a fixed template, which the modules of static/ draw into."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.page import styles, template
from ui.publish import located, publish, settings
from ui.words import sentence
from vae.checkpoint import Card

# Named fonts are fetched from the web by Gradio's stock themes; these are on every machine.
THEME = gr.themes.Default(
    primary_hue=gr.themes.colors.indigo,
    neutral_hue=gr.themes.colors.zinc,
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
    font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
).set(body_background_fill="#ffffff", body_background_fill_dark="#18181b")  # as --ground in static/page.css

# Both the page's head and the component run it: whichever is first begins, see `start` in static/page.js.
START = """const starting = import(new URL(settings.scripts + "/start/gradio.js", document.baseURI))
  .then(({ start, makeHost }) => start(() => makeHost(settings)));
"""
SHOW = "starting.then((page) => { page.host.connect(server, upload); page.show(element); })"


class Explorer(gr.HTML):
    """The whole explorer. `settings` is what the browser is told, see `told`; `questions` what it may ask."""

    def __init__(self, settings: dict, questions: list[Callable], **kwargs: Any):
        super().__init__(
            value=None,
            html_template=f"<style>{styles()}</style>\n{template()}",
            js_on_load=f"const settings = props.settings;\n{START}{SHOW}",
            apply_default_css=False,
            server_functions=questions,
            settings=settings,
            **kwargs,
        )


def temporary_folder() -> Path:
    """A new folder of our own, which is removed when the program ends."""
    root = Path(tempfile.mkdtemp(prefix="latent-explorer-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root


def told(cards: dict[str, Card], first: str | None, problems: list[dict], root: Path) -> dict[str, Any]:
    """What the browser is told on a Gradio page, see `settings`; its files are put into the folder `root`."""
    addresses = located(publish(root), lambda name: file_url(root / name))
    return settings(cards, first, problems, addresses, model_url)


class Lasting:
    """Middleware that tells browsers to keep the files that never change: a second visit does not ask for them."""

    def __init__(self, app: ASGIApp, published: Path, checkpoints: Path):
        self.app = app
        self.published, self.checkpoints = (f"{path.resolve().as_posix()}/" for path in (published, checkpoints))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a good answer about such a file says that it lasts."""

        async def lasting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 206):
                MutableHeaders(scope=message)["cache-control"] = "public, max-age=31536000, immutable"
            await send(message)

        is_lasting = scope["type"] == "http" and self.lasts(scope["path"], scope["query_string"])
        await self.app(scope, receive, lasting if is_lasting else send)

    def lasts(self, path: str, query: bytes) -> bool:
        """Whether a path is that of a file whose address changes with its content."""
        file = path.partition("/gradio_api/file=")[2]
        return file.startswith(self.published) or (file.startswith(self.checkpoints) and query.startswith(b"v="))


def file_url(path: Path) -> str:
    """Where Gradio serves a file, relative to the page."""
    return f"gradio_api/file={quote(path.resolve().as_posix())}"


def model_url(card: Card, name: str) -> str:
    """Where Gradio serves a file of a model; new content gets a new address, so that no cache serves old weights."""
    path = card.folder / name
    version = card.metrics["sha256"][:12] if name == "model.safetensors" else f"{path.stat().st_mtime_ns:x}"
    return f"{file_url(path)}?v={version}"


def head(settings: dict[str, Any]) -> str:
    """Tags for the head, which begin to load scripts and the first model while Gradio is still building the page."""
    scripts = settings["scripts"]
    told = json.dumps(settings).replace("<", "\\u003c")
    return f"""
<meta name="description" content="{sentence("page.description")}">
<meta property="og:description" content="{sentence("page.description")}">
<link rel="icon" href="{settings["icon"]}" type="image/svg+xml">
<link rel="modulepreload" href="{scripts}/start/gradio.js">
<script type="module">
const settings = {told};
{START}</script>
"""
