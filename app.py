"""The latent explorer: builds the page, wires its events, launches it. Run with: python app.py"""

import json
import os
import sys
from pathlib import Path

import gradio as gr

from ui.components import PLOTLY, STATIC, Digit, End, Figures, Keep, Map, Models, Morph, Sliders, Sources, Upload, Walk
from ui.page import CSS, EXAMPLES, THEME, head
from ui.server import Server
from ui.studio import Studio
from vae.checkpoint import read_all

ROOT = Path(__file__).parent
DEFAULT = "mnist-vae-20d"
STOPS = "ABCDEF"  # of a morph


def build(checkpoints: Path) -> tuple[gr.Blocks, Server]:
    """The page over the models of a folder, and the server behind it."""
    cards, problems = read_all(checkpoints)
    default = DEFAULT if DEFAULT in cards else next(iter(cards), None)
    if default:
        cards = {default: cards[default]} | cards  # it is listed first
    server = Server(cards, default)
    studio = Studio(server)

    def animate(asked: dict) -> dict:  # Gradio marks what the page may call, which it cannot do to a method
        return studio.animate(asked)

    gr.set_static_paths([STATIC, PLOTLY, checkpoints])

    with gr.Blocks(
        title="Latent Explorer", delete_cache=(3600, 3600), analytics_enabled=False, fill_width=True
    ) as page:
        with gr.Row(elem_id="header"):
            gr.HTML("<h1>Latent Explorer</h1>", elem_id="title")
            model = gr.Dropdown(list(cards), value=default, elem_id="model", show_label=False, container=False)
            Figures(elem_id="figures")
        if not cards:
            problems.append("There is no model to explore yet. Train one with: python train.py")
        for sentence in problems:
            gr.Markdown(sentence, elem_classes="problem")

        with gr.Row(elem_id="bench"):
            with gr.Column(elem_id="stage"):
                Digit(elem_id="digit")
                with gr.Row(elem_id="moves"):
                    random = gr.Button("Random", elem_id="random", variant="primary")
                    like_data = gr.Button("Like data", elem_id="like-data", variant="primary")
                    reset = gr.Button("Reset", elem_id="reset")
                    undo = gr.Button("Undo", elem_id="undo")
                    redo = gr.Button("Redo", elem_id="redo")
                temperature = gr.Slider(0, 2, 1, step=0.05, label="Temperature", elem_id="temperature", buttons=[])
                Sources(elem_id="sources")
            with gr.Tabs(elem_id="tabs"):
                with gr.Tab("Explore", id="explore", elem_id="explore"), gr.Row(elem_id="views"):
                    Map(elem_id="map")
                    Sliders(elem_id="sliders")
                with gr.Tab("Morph", id="morph", elem_id="morph"):
                    with gr.Row(elem_id="ends"):
                        uploads, stops = zip(*(end(name) for name in STOPS), strict=True)
                    with gr.Row(elem_id="more"):
                        gr.Examples(EXAMPLES, list(uploads[:2]), label="Examples", elem_id="examples")
                        more = gr.Button("Add a stop", elem_id="add-stop", size="sm")
                    with gr.Row(elem_id="studio"):
                        Morph(elem_id="morph-digit")
                        walk = Walk(elem_id="morph-walk")
                    Keep(elem_id="keep", server_functions=[animate])
                with gr.Tab("Models", id="models-tab", elem_id="models-tab"):
                    models = Models(elem_id="models")

        # Everything here happens in the browser: fn=None never asks the server.
        model.input(None, model, model, js="(name) => window.explorer.open(name)")
        models.select(None, None, model, js="() => window.explorer.model.name")
        for button, draw in ((random, "random"), (like_data, "likeData")):
            button.click(None, temperature, js=f"(temperature) => {{ window.explorer.{draw}(temperature) }}")
        for button, move in ((reset, "reset"), (undo, "undo"), (redo, "redo")):
            button.click(None, js=f"() => {{ window.explorer.{move}() }}")
        more.click(None, js="() => { window.explorer.tour.more() }")
        page.load(None, None, model, js=f"() => window.explorer.linked ?? {json.dumps(default)}")
        # Only pictures and geodesics ask the server: it normalises and encodes, and looks for the evenest way.
        asks = {"show_progress": "hidden", "api_visibility": "private"}
        # What a stop and the walk ask stands where the answer will. Each question is sent at once: if it waited, an
        # answer to an earlier one would be sent in its place. The page knows an answer that comes too late.
        own = asks | {"trigger_mode": "multiple"}
        for upload, stop in zip(uploads, stops, strict=True):
            upload.change(
                studio.uploaded,
                [upload, stop, model],
                stop,
                trigger_mode="always_last",
                concurrency_limit=None,
                **asks,
            )
            stop.input(studio.asked, [upload, stop], stop, concurrency_limit=None, **own)
            stop.clear(None, None, upload, js="() => null")  # at once: what is uploaded next is not taken for it
        walk.input(studio.geodesics, walk, walk, concurrency_limit=2, **own)
        for endpoint in (server.models, server.encode, server.decode, server.sample, server.morph):
            gr.api(endpoint, api_name=endpoint.__name__, concurrency_limit=None)
    return page, server


def end(name: str) -> tuple[Upload, End]:
    """One stop of the morph: an upload, and beside it what was found in it, with a pad to draw on."""
    key = f"morph-{name.lower()}"
    with gr.Row(elem_classes="end"):
        upload = Upload(
            label=f"Picture {name}", type="filepath", elem_id=key, height=168, sources=["upload", "webcam", "clipboard"]
        )
        return upload, End(name, elem_id=f"{key}-seen", elem_classes="seen")


def main() -> None:
    """Start the page, then load what the first upload will need."""
    checkpoints = Path(os.environ.get("CHECKPOINTS", ROOT / "checkpoints"))
    page, server = build(checkpoints)
    page.launch(theme=THEME, css=CSS, head=head(server.cards, server.default), prevent_thread_lock=True)
    Studio(server).warm_up(EXAMPLES[0][0])
    page.block_thread()


if __name__ == "__main__":
    sys.exit(main())
