"""The latent explorer: builds the page, wires its events, launches it. Run with: python app.py"""

import os
import sys
from pathlib import Path

import gradio as gr

from ui.components import PLOTLY, STATIC, Digit, Figures, Map, Models, Morph, Normalized, Sliders, Sources, Upload
from ui.page import CSS, EXAMPLES, THEME, head
from ui.server import Server
from vae.checkpoint import read_all

ROOT = Path(__file__).parent
DEFAULT = "mnist-vae-20d"


def build(checkpoints: Path) -> tuple[gr.Blocks, Server]:
    """The page over the models of a folder, and the server behind it."""
    cards, problems = read_all(checkpoints)
    default = DEFAULT if DEFAULT in cards else next(iter(cards), None)
    if default:
        cards = {default: cards[default]} | cards  # it is listed first
    server = Server(cards, default)
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
                        uploads, codes = zip(*(end(name) for name in "AB"), strict=True)
                    gr.Examples(EXAMPLES, list(uploads), label="Examples", elem_id="examples")
                    t = gr.Slider(0, 1, 0, step=0.01, label="From A to B", elem_id="morph-t", buttons=[])
                    Morph(elem_id="morph-digit")
                with gr.Tab("Models", id="models-tab", elem_id="models-tab"):
                    models = Models(elem_id="models")

        # Everything here happens in the browser: fn=None never asks the server.
        model.input(None, model, model, js="(name) => window.explorer.open(name)")
        models.select(None, None, model, js="() => window.explorer.model.name")
        for button, draw in ((random, "random"), (like_data, "likeData")):
            button.click(None, temperature, js=f"(temperature) => {{ window.explorer.{draw}(temperature) }}")
        for button, move in ((reset, "reset"), (undo, "undo"), (redo, "redo")):
            button.click(None, js=f"() => {{ window.explorer.{move}() }}")
        t.input(None, t, js="(t) => { window.explorer.morph(t) }")
        t.release(None, js="() => { window.explorer.settle() }")
        # Only pictures go to the server: it normalises and encodes them, for the model that is chosen.
        for upload, code in zip(uploads, codes, strict=True):
            gr.on(
                [upload.change, model.change],
                server.upload,
                [upload, model],
                code,
                show_progress="hidden",
                trigger_mode="always_last",
                concurrency_limit=None,
                api_visibility="private",
            )
        for endpoint in (server.models, server.encode, server.decode, server.sample, server.morph):
            gr.api(endpoint, api_name=endpoint.__name__, concurrency_limit=None)
    return page, server


def end(name: str) -> tuple[Upload, Normalized]:
    """One end of the morph: an upload, and beside it what the model sees of it."""
    key = f"morph-{name.lower()}"
    with gr.Row(elem_classes="end"):
        upload = Upload(
            label=f"Picture {name}", type="filepath", elem_id=key, height=168, sources=["upload", "webcam", "clipboard"]
        )
        return upload, Normalized(name, elem_id=f"{key}-seen", elem_classes="seen")


def main() -> None:
    """Start the page, then load what the first upload will need."""
    checkpoints = Path(os.environ.get("CHECKPOINTS", ROOT / "checkpoints"))
    page, server = build(checkpoints)
    page.launch(theme=THEME, css=CSS, head=head(server.cards, server.default), prevent_thread_lock=True)
    server.warm_up()
    page.block_thread()


if __name__ == "__main__":
    sys.exit(main())
