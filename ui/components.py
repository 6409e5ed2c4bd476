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

from ui.files import PLACE
from ui.page import styles, template
from ui.publish import copied, located, publish, settings
from ui.uploads import LARGEST, PREFIX
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
            html_template=escaped(f"<style>{styles()}</style>\n{template()}"),
            js_on_load=f"const settings = props.settings;\n{START}{SHOW}",
            apply_default_css=False,
            server_functions=questions,
            settings=settings,
            **kwargs,
        )


def escaped(page: str) -> str:
    """The page for gr.HTML, which reads a template as JavaScript's: a backslash stands for itself as two of them."""
    return page.replace("\\", "\\\\")


def temporary_folder() -> Path:
    """A new folder of our own, which is removed when the program ends."""
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root


def told(cards: dict[str, Card], first: str | None, problems: list[dict], root: Path) -> dict[str, Any]:
    """What the browser is told on a Gradio page, see `settings`; its files are copied to the folder `root`, where
    nothing happens to them that happens to the originals."""
    addresses = located(publish(root), lambda name: f"{PLACE}/{name}")

    def published(card: Card, name: str) -> str:
        path = card.folder / name
        version = card.metrics["sha256"][:16] if name == "model.safetensors" else f"{path.stat().st_mtime_ns:x}"
        own = f"{card.name}/{path.stem}-{version}{path.suffix}"
        copied(path, root / own)
        return f"{PLACE}/{quote(own)}"

    return settings(cards, first, problems, addresses, published) | {"largest_upload": LARGEST}


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
