"""What the browser tests read from the page, and do to it."""

import base64
import json

import numpy as np
import torch

from ui.page import STATIC

# The red of a part of a canvas, as one text: Playwright takes as long for each number that it hands over as for a text
GREY = """([selector, left, top, width, height]) => {
  const canvas = document.querySelector(selector);
  const [across, down] = [width ?? canvas.width, height ?? canvas.height];
  const { data } = canvas.getContext("2d").getImageData(left, top, across, down);
  const bytes = Array.from({ length: across * down }, (_, i) => String.fromCharCode(data[4 * i]));
  return [across, down, btoa(bytes.join(""))];
}"""

# Whether z is another one than before; for page.wait_for_function
MOVED = "(z) => explorer.z.some((value, i) => Math.abs(value - z[i]) > 0.1)"


def z_of(page, selector="#digit canvas"):
    """The z that a canvas shows, once it has been drawn: what is written is drawn within a frame or two."""
    frames(page)
    return np.array(json.loads(page.get_attribute(selector, "data-z")))


def grey_of(page, selector, left=0, top=0, width=None, height=None):
    """The pixels of a canvas, or of a part of it: float [height, width] of whole numbers from 0 to 255."""
    width, height, text = page.evaluate(GREY, [selector, left, top, width, height])
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width).astype(float)


def pixels_of(page, selector="#digit canvas"):
    """The pixels of a digit: float [784]."""
    return grey_of(page, selector, 0, 0, 28, 28).ravel()


def draw_at_random(page):
    """Press Random, and wait until z is another one."""
    before = page.evaluate("Array.from(explorer.z)")
    page.click("#random")
    page.wait_for_function("(before) => explorer.z.some((value, i) => value !== before[i])", arg=before)


def choose_model(page, name):
    page.select_option("#model", name)
    page.wait_for_function("name => explorer.model.name === name && explorer.atlas !== null", arg=name)
    page.wait_for_selector("#map .plot[data-model='" + name + "']")


def wait_for_z(page, expected):
    page.wait_for_function(
        "z => JSON.parse(document.querySelector('#digit canvas').dataset.z).every((v, i) => Math.abs(v - z[i]) < 2e-4)",
        arg=[float(value) for value in expected],
    )


def wait_for_neighbours(page, labels):
    """The nearest test pictures are drawn when nothing else is to be done."""
    page.wait_for_function(
        """labels => {
          const shown = [...document.querySelectorAll("#nearest span")].map((span) => span.textContent);
          return JSON.stringify(shown) === JSON.stringify(labels);
        }""",
        arg=[str(label) for label in labels],
    )


def drag(page, selector, fractions):
    """Press on a range input and move the mouse along it, fractions of its width, then let go."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + fractions[0] * box["width"], y)
    page.mouse.down()
    for fraction in fractions[1:]:
        page.mouse.move(box["x"] + fraction * box["width"], y)
    page.mouse.up()


def decoded(model, z):
    with torch.no_grad():
        return model.decode(torch.tensor(z, dtype=torch.float32).reshape(1, -1)).reshape(784).numpy()


# Counts what is painted on canvases: to read their pixels would take much longer.
COUNT = """
window.painted = 0;
const { putImageData } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.putImageData = function (...args) {
  window.painted++;
  return putImageData.apply(this, args);
};
"""
LOOKS = """(times) => {
  const plot = document.querySelector("#map .plot"), layout = plot?._fullLayout;
  const now = JSON.stringify([
    explorer.link(), explorer.stops.curves?.progress,
    layout?.xaxis && [layout.xaxis.range, layout.yaxis.range, layout.width, layout.height, layout.dragmode],
    plot?.data?.map(({ visible, selectedpoints }) => [visible, selectedpoints?.length]),
    document.querySelector("#map .overlay")?.dataset.drawn, document.querySelector("#map .backdrop")?.dataset.cells,
    document.querySelectorAll(".busy").length, document.querySelector("#nearest")?.innerHTML,
    document.querySelector("#map .note")?.textContent, scrollY, window.painted,
  ]);
  if (window.looked?.now === now) window.looked.times++;
  else window.looked = { now, times: 0 };
  return window.looked.times >= times && !window.explorer.models.background.busy;
}"""


def settle(page, times=5):
    """Wait until nothing on the page changes any more: what waits for a rest is drawn, too."""
    page.evaluate("delete window.looked")
    page.wait_for_function(LOOKS, arg=times, polling=30, timeout=60_000)


def frames(page, n=2):
    """Let the page draw n times."""
    page.evaluate(
        "async (n) => { for (let k = 0; k < n; k++) await new Promise(requestAnimationFrame) }",
        n,
    )


def module(page, file, body, argument=None):
    """Evaluate a function body of (module, argument), module being one of the page's scripts by itself."""

    def from_static(route):
        route.fulfill(path=STATIC / route.request.url.split("/one-by-one/")[1])

    page.route("**/one-by-one/**", from_static)
    return page.evaluate(
        """async ([file, body, argument]) => {
          const module = await import(new URL(`one-by-one/${file}.js`, document.baseURI));
          return new Function("module", "argument", body)(module, argument);
        }""",
        [file, body, argument],
    )
