"""The explorer as a Gradio component: a gr.HTML with a fixed template, which the modules of static/ draw into."""

import atexit
import hashlib
import json
import math
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from ui.figures import CLASSES, CONFIG, PALETTE, latent_map
from ui.page import EXAMPLES_FOLDER, INK, ORIGINALS, PAIRS, PLOTLY, STATIC, styles, template
from ui.words import LANGUAGES, STRINGS
from vae.checkpoint import Card

# Both the page's head and the component run it: whichever is first begins, see `start` in static/page.js.
START = """const load = (path) => import(new URL(path, document.baseURI));
const starting = Promise.all([load(settings.scripts + "/page.js"), load(settings.scripts + "/host/gradio.js")])
  .then(([{ start }, { gradioHost }]) => start(() => gradioHost(settings)));
"""
SHOW = "starting.then((page) => { page.host.connect(server, upload); page.show(element); })"


class Explorer(gr.HTML):
    """The whole explorer. `settings` is what the browser is told, see `settings`; `questions` what it may ask."""

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


def publish() -> Path:
    """A folder that browsers may read: scripts and words in a folder named by their content, so that no cache serves
    last month's; Plotly's script, the ink network's weights, the
    test images and the examples. It is removed when the program ends.
    """
    root = Path(tempfile.mkdtemp(prefix="latent-explorer-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    files = sorted(path for path in STATIC.rglob("*") if path.suffix in (".js", ".wasm"))
    content = hashlib.sha256()
    for path in (*files, *(STRINGS / f"{language}.json" for language in LANGUAGES)):
        content.update(path.relative_to(path.parents[1]).as_posix().encode() + path.read_bytes())
    scripts = root / content.hexdigest()[:16]
    for path in files:
        target = scripts / path.relative_to(STATIC)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for language in LANGUAGES:
        shutil.copyfile(STRINGS / f"{language}.json", scripts / f"{language}.json")
    version = hashlib.sha256(PLOTLY.read_bytes()).hexdigest()[:16]
    shutil.copyfile(PLOTLY, root / f"plotly-{version}.min.js")
    version = hashlib.sha256(INK.read_bytes()).hexdigest()[:16]
    shutil.copyfile(INK, root / f"ink-{version}.safetensors")
    for path in ORIGINALS.glob("*.png"):
        shutil.copyfile(path, root / f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}.png")
    (root / "examples").mkdir()
    for name in (name for pair in PAIRS for name in pair):
        shutil.copyfile(EXAMPLES_FOLDER / name, root / "examples" / name)
    return root


def file_url(path: Path) -> str:
    """Where Gradio serves a file, relative to the page."""
    return f"gradio_api/file={quote(path.resolve().as_posix())}"


def settings(cards: dict[str, Card], first: str | None, problems: list[dict], published: Path) -> dict:
    """What the browser is told, see static/host/gradio.js.

    Args:
        cards: the models, the first to be opened one of them.
        first: its name, or None where there is no model.
        problems: {code, ...params} of sentences about models that cannot be shown.
        published: see `publish`.
    """
    plotly, scripts = next(published.glob("plotly-*.js")), next(path.parent for path in published.rglob("page.js"))
    return {
        "models": [describe(card) for card in cards.values()],
        "first": first,
        "problems": problems,
        "files": {name: files(card) for name, card in cards.items()},
        "scripts": file_url(scripts),
        "strings": {language: file_url(scripts / f"{language}.json") for language in LANGUAGES},
        "plotly": file_url(plotly),
        "ink": file_url(next(published.glob("ink-*.safetensors"))),
        "originals": {dataset: file_url(path) for dataset in CLASSES for path in published.glob(f"{dataset}-*.png")},
        "examples": [[file_url(published / "examples" / name) for name in pair] for pair in PAIRS],
        "figures": {dataset: latent_map(dataset).to_plotly_json() for dataset in CLASSES},
        "config": CONFIG,
        "classes": CLASSES,
        "palette": PALETTE,
    }


def describe(card: Card) -> dict:
    """What the browser needs to know of a model to show it."""
    return card.summary | {
        "layers": layers(card.config),
        "warp": card.config.get("warp"),
        "beta": card.metrics["training"]["beta"],
        "activation": card.config["activation"],
        "likelihood": card.config.get("likelihood", "bernoulli"),
        "unusual": card.unusual if math.isfinite(card.unusual) else None,
    }


def layers(config: dict) -> dict[str, list[int]]:
    """Widths of the encoder's and of the decoder's layers, the first and the last included."""
    codes = config["latent_dim"] * (2 if config["variational"] else 1)
    return {
        "encoder": [784, *config["encoder_hidden"], codes],
        "decoder": [config["latent_dim"], *config["decoder_hidden"], 784],
    }


def files(card: Card) -> dict[str, str]:
    """Addresses of a model's files; new content gets a new address, so that no cache serves old weights."""
    addresses = {}
    for part, name in (("model", "model.safetensors"), ("atlas", "atlas.safetensors"), ("metrics", "metrics.json")):
        path = card.folder / name
        if path.exists():
            version = card.metrics["sha256"][:12] if part == "model" else f"{path.stat().st_mtime_ns:x}"
            addresses[part] = f"{file_url(path)}?{version}"
    return addresses


def head(settings: dict) -> str:
    """Tags for the head, which begin to load scripts and the first model while Gradio is still building the page.

    Modules import each other: named here, they come together and not one after the other.
    """
    scripts = settings["scripts"]
    modules = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js"))
    preloads = "\n".join(f'<link rel="modulepreload" href="{scripts}/{module}">' for module in modules)
    told = json.dumps(settings).replace("<", "\\u003c")
    return f"""
{preloads}
<link rel="preload" as="script" href="{settings["plotly"]}">
<script type="module">
const settings = {told};
{START}</script>
"""
