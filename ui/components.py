"""The page's own components: each is a gr.HTML with a fixed template and a module of static/ that draws into it."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr
import plotly

from ui.figures import CLASSES, CONFIG, PALETTE, latent_map
from ui.studio import SIDES
from vae.checkpoint import Card

STATIC = Path(__file__).parent / "static"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"  # newer than the one inside Gradio

MOUNT = "import(new URL(props.script, document.baseURI)).then(({mount}) => \
mount(element, props, watch, trigger, typeof server === 'undefined' ? null : server))"


def file_url(path: Path) -> str:
    """Where Gradio serves a file, relative to the page."""
    return f"gradio_api/file={quote(path.resolve().as_posix())}"


class Component(gr.HTML):
    """A gr.HTML that static/<script>.js draws into; `props` reach the script as they are."""

    def __init__(self, script: str, html: str, value: Any = None, **kwargs: Any):
        super().__init__(
            value=value,
            html_template=html,
            js_on_load=MOUNT,
            apply_default_css=False,
            script=file_url(STATIC / f"{script}.js"),
            **kwargs,
        )


class Figures(Component):
    """The chosen model's test figures, or what went wrong with it."""

    def __init__(self, **kwargs: Any):
        super().__init__("figures", '<p class="figures" aria-live="polite"></p>', **kwargs)


class Digit(Component):
    """The picture that z decodes to, how plausible z is, and its nearest test pictures, decoded from their codes."""

    def __init__(self, **kwargs: Any):
        html = """<canvas width="28" height="28" role="img" aria-label="The digit, not loaded yet"></canvas>
            <p class="radius">&nbsp;</p>
            <p class="nearest">nearest test pictures</p><div class="near"></div>"""
        super().__init__("digit", html, classes=CLASSES, palette=PALETTE, **kwargs)


class Sliders(Component):
    """A slider with its strip for every latent dimension, by KL; the collapsed ones folded away."""

    def __init__(self, **kwargs: Any):
        html = """<div class="active"></div>
            <details class="collapsed" hidden><summary></summary>
            <p>The decoder has learned to ignore these: their posterior is the prior, whatever the picture.</p>
            <div></div></details>"""
        super().__init__("sliders", html, **kwargs)


class Sources(Component):
    """Why there are two kinds of random z, and how many of each can be read."""

    def __init__(self, **kwargs: Any):
        html = """<details><summary>Why two kinds of random?</summary>
            <p class="shares"></p>
            <p><b>Random</b> draws z from the prior N(0, I), which codes do not fill: between the classes lie places
            that no picture maps to.</p>
            <p><b>Like data</b> draws z from where codes do lie: from a mixture of Gaussians fitted to the means of the
            training pictures' posteriors.</p></details>"""
        super().__init__("sources", html, **kwargs)


class Map(Component):
    """The codes of the test pictures in a plane, coloured by class, with a marker at z; see `static/map.js`."""

    def __init__(self, **kwargs: Any):
        figures = {dataset: latent_map(dataset).to_plotly_json() for dataset in CLASSES}
        html = """
            <div class="tools">
              <label>plane <select class="plane"></select></label>
              <span class="dims" hidden><select class="first" aria-label="Dimension of the horizontal axis"></select>
                × <select class="second" aria-label="Dimension of the vertical axis"></select></span>
              <span class="group">
                <label title="Shows the codes of the test pictures."><input type="checkbox" name="points" checked>
                  points</label>
                <label title="Paints the plane with the digits that its places decode to."><input type="checkbox"
                  name="digits"> digits</label>
                <label><input type="checkbox" name="bubbles"> bubbles</label>
                <label title="Shows how the codes came to lie as they do."><input type="checkbox" name="training">
                  training</label>
              </span>
              <span class="group drag" role="radiogroup" aria-label="What dragging does">
                <label title="Dragging moves the map."><input type="radio" name="drag" value="pan" checked> pan</label>
                <label title="Dragging selects the codes in a box."><input type="radio" name="drag" value="select">
                  box</label>
                <label title="Dragging selects the codes that it goes around."><input type="radio" name="drag"
                  value="lasso"> lasso</label>
              </span>
              <span class="group"><button type="button" class="farther" title="Shows more of the map.">−</button>
                <button type="button" class="nearer" title="Shows less of the map, larger.">+</button>
                <button type="button" class="fit" title="Shows the whole map again.">fit</button></span>
            </div>
            <div class="frame">
              <canvas class="backdrop" hidden></canvas>
              <div class="plot" tabindex="0" role="application" aria-label="Map of the test pictures' codes. Arrow keys
 move a cursor, Enter moves z there."></div>
              <canvas class="overlay"></canvas>
              <div class="marker" hidden></div>
              <div class="preview"><canvas width="28" height="28" role="img"></canvas><span></span></div>
              <p class="waiting">drawing the map…</p>
            </div>
            <p class="note" aria-live="off">&nbsp;</p>
            <div class="epochs" hidden>
              <canvas width="112" height="112" role="img"></canvas>
              <div><p>The codes of the test pictures, and 16 fixed draws of z from N(0, I), as they were.</p>
              <label><button type="button">Play</button> <input type="range" min="0" step="1" aria-label="Epoch">
              <output></output></label></div>
            </div>
            <div class="picked" hidden>
              <p><b></b> <button type="button" class="draws" title="Draws z from q(z | x): all of them
decode to nearly the same digit.">Draw from its posterior</button> morph:
                <button type="button" class="stop-A" title="Makes it picture A of the morph.">as A</button>
                <button type="button" class="stop-B" title="Makes it picture B of the morph.">as B</button></p>
              <canvas width="252" height="28" title="Draws from the posterior, decoded. Click one to go there.">
              </canvas>
            </div>
            <div class="selection" hidden>
              <div class="mean"><canvas width="28" height="28" role="img"></canvas>
                <div><p class="count"></p>
                <button type="button" class="go" title="Moves z to the mean of the selected codes.">Go to mean</button>
                <button type="button" class="keep-A" title="Keeps the mean, as the start of a direction.">Keep as
                  A</button>
                <button type="button" class="keep-B" title="Keeps the mean, as the end of a direction.">Keep as
                  B</button></div></div>
              <div class="direction" hidden>
                <span><canvas class="A" width="28" height="28" role="img"></canvas>A</span>
                <span><canvas class="B" width="28" height="28" role="img"></canvas>B</span>
                <p></p>
                <input type="range" min="-1.5" max="1.5" step="0.01" value="0" aria-label="t, along B minus A"></div>
              <button type="button" class="clear" title="Forgets the selection, A and B.">Clear</button>
            </div>"""
        super().__init__(
            "map",
            html,
            figures=figures,
            config=CONFIG,
            plotly=file_url(PLOTLY),
            classes=CLASSES,
            palette=PALETTE,
            **kwargs,
        )


class End(Component):
    """One stop of the morph: its picture with what was found in it, a pad to draw on, and corrections.

    Its value is what the page asks, {model, source, edits}, and what the server answers: see `ui.studio.Studio.stop`.
    """

    def __init__(self, side: str, **kwargs: Any):
        html = f"""<div class="pad"><canvas class="board" width="336" height="336" tabindex="0" role="img"
              aria-label="A pad to draw picture {side} on, or the uploaded picture with the ink that was found"
              title="Draw a digit here. On an uploaded picture, drag a box around the digit to look only there.">
              </canvas></div>
            <div class="results">
              <canvas class="seen-by" width="28" height="28" role="img" aria-label="Picture {side}, not given yet">
              </canvas><p>normalised</p>
              <canvas class="made" width="28" height="28" role="img"></canvas><p>reconstructed</p></div>
            <div class="controls">
              <button type="button" class="draw" title="Clears this stop, to draw a digit with mouse, finger or pen.">
                Draw</button>
              <button type="button" class="take" title="Takes the digit that is shown now, wherever z is.">
                Take the digit</button>
              <button type="button" class="clear" title="Takes this stop away.">Clear</button></div>
            <details class="corrections"><summary>Not what you wrote?</summary>
              <p>Drag a box around the digit, or say what is ink.</p>
              <label>ink is <select class="polarity"><option value="">found by itself</option>
                <option value="dark">dark</option><option value="light">light</option></select></label>
              <label title="More takes only the strongest marks for ink, less also faint ones.">from
                <input type="range" class="threshold" min="0.05" max="0.95" step="0.01"
                  aria-label="How strong a mark is ink"></label>
              <button type="button" class="whole">As found</button></details>
            <p class="note" role="status"></p>"""
        super().__init__("end", html, side=side, **kwargs)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


class Morph(Component):
    """The picture at t of the way between the stops."""

    def __init__(self, **kwargs: Any):
        html = """<canvas width="28" height="28" role="img" aria-label="The morph, no pictures yet"></canvas>
            <p class="hint" role="status"></p>"""
        super().__init__("morph", html, **kwargs)


class Walk(Component):
    """The way between the stops: path, slider, Play, strips against the alternatives, pace.

    Its value is {model, key, legs}, the geodesics that the page asks for, and {key, progress, legs}, the answer.
    """

    def __init__(self, **kwargs: Any):
        row = """<div class="row {0}" {3}><p>{1}</p><canvas class="frame" width="28" height="28"></canvas>
            <canvas class="strip" width="336" height="28" aria-label="{2}. Arrow keys or a click go there."></canvas>
            </div>"""
        own = "<b></b>, <i>straight</i> path: <span></span>"
        plain = """<b></b>, a plain autoencoder, straight path: nothing taught it what lies between its codes."""
        fade = "No model: the pixels of one picture fade into the other's, two digits at once."
        html = f"""
            <div class="ways"><span class="group" role="radiogroup" aria-label="Path">
              <label title="z goes straight from code to code."><input type="radio" name="path" value="linear" checked>
                straight</label>
              <label title="z goes along the arc between the codes, as far from the origin as they are."><input
                type="radio" name="path" value="spherical"> spherical</label>
              <label title="z takes the way on which the picture changes least, and evenly."><input type="radio"
                name="path" value="geodesic"> geodesic</label></span>
              <progress max="1" value="0" hidden aria-label="Looking for the geodesic"></progress>
              <span class="about"></span></div>
            <div id="morph-t"><button type="button" class="play" title="Moves z there and back at an even pace.">Play
              </button><div><input type="range" min="0" max="1" step="0.001" value="0" aria-label="t, along the way"
                title="Moves z along the way."><div class="stops" aria-hidden="true"></div></div>
              <input type="number" min="0" max="1" step="0.01" value="0" aria-label="t, along the way"></div>
            {row.format("own", own, "The whole way", "")}
            {row.format("plain", plain, "The plain autoencoder's way", "hidden")}
            {row.format("fade", fade, "The fade", "")}
            <div class="row changes"><p>How much the picture changes at each step, and how unevenly:
              <span class="legend"></span></p><canvas class="pace"></canvas></div>"""
        super().__init__("walk", html, **kwargs)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


class Keep(Component):
    """Taking the morph away: a file, or a link that brings it back."""

    def __init__(self, **kwargs: Any):
        sizes = "".join(f'<option value="{side}">{side} px</option>' for side in SIDES)
        html = f"""<label>Take it away as <select class="format"><option value="gif">animated GIF</option>
              <option value="webp">animated WebP</option><option value="strip-png">strip of 12, PNG</option>
              <option value="png">this picture, PNG</option></select></label>
            <select class="size" aria-label="Size of its pictures">{sizes}</select>
            <button type="button" class="get" disabled>Download</button>
            <button type="button" class="link" disabled title="Copies an address that holds model, stops, path and t.">
              Copy link</button>
            <span class="note" role="status"></span>"""
        super().__init__("keep", html.replace('value="280"', 'value="280" selected'), **kwargs)


class Models(Component):
    """Every model with its figures, to choose one of. A choice is a `select` event."""

    def __init__(self, **kwargs: Any):
        html = """<div class="scroll"><table><thead><tr>
            <th scope="col">model</th>
            <th scope="col" title="How many nats a picture costs under the model: lower is better.">−ELBO</th>
            <th scope="col" class="part" title="The nats it takes to draw a picture once z is known.">recon</th>
            <th scope="col" class="part" title="The nats it takes to tell z, beyond what the prior says.">KL</th>
            <th scope="col" title="Dimensions whose mean varies from picture to picture.">active</th>
            <th scope="col" title="Random draws from N(0, I) that a classifier recognises.">random</th>
            <th scope="col" title="Draws like data that a classifier recognises.">like data</th>
            </tr></thead><tbody></tbody></table></div>
            <p>−ELBO = recon + KL: means over the test pictures, in nats per picture, z drawn from the posterior; lower
            is better. A plain autoencoder (ae) has neither a prior nor a KL term, hence no ELBO. Active: the dimensions
            whose mean varies from picture to picture. Random and like data: how many pictures of such z a small
            classifier of real ones takes for one class, with a probability of at least 0.9.</p>"""
        super().__init__("models", html, **kwargs)


class Upload(gr.Image):
    """A gr.Image that hands on the uploaded file unopened, so that our own reader can say what is wrong with it."""

    is_template = True  # drawn by Gradio's own image component

    def preprocess(self, payload: Any) -> str | None:
        return payload.path if payload else None


def describe(card: Card) -> dict:
    """What the browser needs to know of a model to load and to show it."""
    version = card.metrics["sha256"][:12]  # new weights get a new address, so that no cache serves old ones
    return card.summary | {
        "activation": card.config["activation"],
        "likelihood": card.config.get("likelihood", "bernoulli"),
        "weights": f"{file_url(card.folder / 'model.safetensors')}?{version}",
        "atlas": f"{file_url(card.folder / 'atlas.safetensors')}?{version}",
    }
