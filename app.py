"""The latent explorer: builds the page, wires its events, launches it. Run with: python app.py"""

import os
import sys
from pathlib import Path
from typing import NamedTuple

import gradio as gr

from ui.api import Api
from ui.components import Explorer, head, publish, settings
from ui.page import EXAMPLES_FOLDER, PAIRS, THEME
from ui.studio import Studio
from vae.checkpoint import read_all

ROOT = Path(__file__).parent
DEFAULT = "mnist-vae-20d"


class Built(NamedTuple):
    """A page, and what `launch` or `gr.mount_gradio_app` need besides: page.launch(**mounting), or
    gr.mount_gradio_app(app, page, path="/explorer", **mounting)."""

    page: gr.Blocks
    mounting: dict  # theme and head


def build(checkpoints: str | Path = ROOT / "checkpoints") -> Built:
    """The page over the models of a folder."""
    return page_of(api_of(checkpoints), checkpoints)


def api_of(checkpoints: str | Path) -> tuple[Api, list[dict]]:
    """The endpoints over the models of a folder, the default one first, and what is wrong with the others."""
    cards, problems = read_all(checkpoints)
    default = DEFAULT if DEFAULT in cards else next(iter(cards), None)
    if default:
        cards = {default: cards[default]} | cards
    sentences = [{"code": "problem.checkpoint", "detail": detail} for detail in problems]
    if not cards:
        sentences.append({"code": "problem.no_models"})
    return Api(cards, default), sentences


def page_of(served: tuple[Api, list[dict]], checkpoints: str | Path) -> Built:
    """The page over endpoints."""
    api, problems = served
    published = publish()
    gr.set_static_paths([published, Path(checkpoints)])
    told = settings(api.cards, api.default, problems, published)
    with gr.Blocks(
        title="Latent Explorer", delete_cache=(3600, 3600), analytics_enabled=False, fill_width=True
    ) as page:
        Explorer(told, Studio(api).questions(), elem_id="latent-explorer")
        for name, endpoint in api.endpoints().items():
            gr.api(endpoint, api_name=name, concurrency_limit=None)
    return Built(page, {"theme": THEME, "head": head(told)})


def main() -> None:
    """Start the page, then load what the first image file will need."""
    checkpoints = Path(os.environ.get("CHECKPOINTS", ROOT / "checkpoints"))
    served = api_of(checkpoints)
    page, mounting = page_of(served, checkpoints)
    page.launch(**mounting, prevent_thread_lock=True)
    Studio(served[0]).warm_up(str(EXAMPLES_FOLDER / PAIRS[0][0]))
    page.block_thread()


if __name__ == "__main__":
    sys.exit(main())
