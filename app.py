"""The latent explorer: builds the page, wires its events, launches it. Run with: python app.py"""

import os
from pathlib import Path
from typing import NamedTuple

import gradio as gr
from starlette.middleware import Middleware

from ui.api import Api
from ui.components import Explorer, Lasting, head, published, told
from ui.page import THEME
from ui.publish import offered
from ui.studio import Studio

ROOT = Path(__file__).parent


class Built(NamedTuple):
    """A page, and what `launch` or `gr.mount_gradio_app` need besides: page.launch(**mounting), or
    gr.mount_gradio_app(app, page, path="/explorer", **mounting)."""

    page: gr.Blocks
    mounting: dict  # theme, head and middleware


def build(checkpoints: str | Path = ROOT / "checkpoints") -> Built:
    """The page over the models of a folder."""
    cards, default, problems = offered(checkpoints)
    api, root = Api(cards, default), published()
    gr.set_static_paths([root, Path(checkpoints)])
    settings = told(cards, default, problems, root)
    with gr.Blocks(
        title="Latent Explorer", delete_cache=(3600, 3600), analytics_enabled=False, fill_width=True
    ) as page:
        Explorer(settings, Studio(api).questions(), elem_id="latent-explorer")
        for name, endpoint in api.endpoints().items():
            gr.api(endpoint, api_name=name, concurrency_limit=None)
    lasting = {"middleware": [Middleware(Lasting)]}
    return Built(page, {"theme": THEME, "head": head(settings), "app_kwargs": lasting})


def main() -> None:
    """Launch the page."""
    page, mounting = build(os.environ.get("CHECKPOINTS", ROOT / "checkpoints"))
    page.launch(**mounting)


if __name__ == "__main__":
    main()
