"""Latency from a movement of the mouse to the new image on the page.

A real mouse drags a slider step by step in headless Chromium, draws on the pad and moves over the map; each step waits
for its image. The explorer and the plain Gradio pages (plain_page.py and plain_map.py here) are measured in turns, in
the same run. The map is measured with 10,000 points and with 60,000: those of the default model, repeated with a little
noise. Last come the frames while something is moved without rest (bench.frames).

    python -m bench.latency
"""

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from safetensors.numpy import load_file, save_file

from bench import frames
from tools.browser import BEEN_HERE, ROOT, launch, p95, serve

MODEL = "mnist-vae-20d"
POINTS = (10_000, 60_000)
STROKE = 12  # movements of the pen without lifting it
VIEWS = ("points", "with digits, bubbles")
# Time runs to the moment the new pixels are on canvas or image: from the event, which is what the page can answer for,
# and from the mouse's movement, which the browser holds back until the next frame.
WATCH = """
([event, selector]) => {
  const watching = Boolean(window.steps);
  window.steps = [];
  if (watching) return;
  let moved = null, heard = null;
  window.addEventListener("pointermove", (event) => { moved ??= event.timeStamp }, true);
  window.addEventListener(event, () => { heard ??= performance.now() }, true);
  const arrived = () => {
    const now = performance.now();
    if (heard !== null) steps.push([now - heard, now - moved]);
    moved = heard = null;
  };
  const canvas = document.querySelector(selector);
  if (canvas) new MutationObserver(arrived).observe(canvas, { attributeFilter: ["data-z"] });
  else document.addEventListener("load", (event) => event.target.matches("img") && arrived(), true);
}
"""


def drag(page: Page, steps: int, rng: random.Random) -> list[list[float]]:
    """Milliseconds from event to pixels and from hand to pixels, for each step of a drag of a slider."""
    page.evaluate(WATCH, ["input", "#digit canvas"])
    box = page.locator("#z-0 input[type=range]").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    for step in range(steps):
        go(page, box["x"] + box["width"] * (0.15 + 0.7 * (step * 0.37 % 1)), y, rng)
    page.mouse.up()
    return page.evaluate("steps")


def hover(page: Page, steps: int, rng: random.Random) -> list[list[float]]:
    """The same for a mouse that moves over the map, and the preview beside it."""
    box = page.locator("#map .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.wait_for_timeout(200)
    page.evaluate(WATCH, ["pointermove", "#map .preview canvas"])
    for _ in range(steps):
        go(page, box["x"] + box["width"] * rng.uniform(0.1, 0.9), box["y"] + box["height"] * rng.uniform(0.1, 0.9), rng)
    return page.evaluate("steps")


def draw(page: Page, steps: int, rng: random.Random) -> list[list[float]]:
    """The same for a pen on the pad beside the digit: each step lengthens the stroke, which is laid out and encoded."""
    page.evaluate("explorer.encoders.open(explorer.model).then(() => true)")
    page.locator("#draw .board").scroll_into_view_if_needed()
    box = page.locator("#draw .board").bounding_box()
    times = []
    for done in range(0, steps, STROKE):  # on a board that is full nothing changes any more
        page.evaluate("document.querySelector('#draw .clear').click()")
        page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
        page.mouse.down()
        page.wait_for_timeout(200)
        page.evaluate(WATCH, ["pointermove", "#digit canvas"])
        for _ in range(min(STROKE, steps - done)):
            go(page, *(box[side] + box["width"] * rng.uniform(0.2, 0.8) for side in ("x", "y")), rng)
        page.mouse.up()
        times += page.evaluate("steps")
    return times


def go(page: Page, x: float, y: float, rng: random.Random) -> None:
    """Move the mouse, and wait for the image."""
    before = page.evaluate("steps.length")
    page.mouse.move(x, y)
    page.wait_for_function("before => steps.length > before", arg=before, polling=5)
    page.wait_for_timeout(rng.uniform(20, 50))  # so that steps fall anywhere within a frame


def measure(browser: Browser, address: str, steps: int, ready: str, gesture: Callable) -> tuple[list[list[float]], int]:
    """Milliseconds of each step of a gesture, and the number of requests that the page made meanwhile."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(BEEN_HERE)
    page.goto(address)
    page.wait_for_selector(ready)
    page.wait_for_timeout(1500)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    times = gesture(page, steps, random.Random(0))
    page.close()
    return times, len(requests)


def scrub(page: Page) -> float:
    """Frames per second in which the points move from one epoch to another, there and back over the whole training."""
    page.check("#map [name=training]", force=True)
    page.wait_for_selector("#map .epochs[data-model]")
    page.wait_for_timeout(1000)
    return page.evaluate(
        """async () => {
          const slider = document.querySelector("#map .epochs [type=range]"), panel = slider.closest(".epochs");
          let frames = 0, milliseconds = 0;
          for (const value of [0, slider.max, 0, slider.max]) {
            const start = performance.now();
            slider.value = value;
            slider.dispatchEvent(new Event("input"));
            do {
              await new Promise(requestAnimationFrame);
              frames++;
            } while (panel.dataset.at !== value.toString());
            milliseconds += performance.now() - start;
          }
          return (1000 * frames) / milliseconds;
        }"""
    )


def measure_map(browser: Browser, address: str, steps: int) -> tuple[dict[str, list[list[float]]], float, float]:
    """What the map costs; a plain page has no pointer and no training.

    Returns:
        milliseconds of each step over the map as it is, and with digits and bubbles on; seconds until it was drawn;
        frames per second while the points move through the training.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(BEEN_HERE)
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(".nsewdrag", state="attached", timeout=120_000)
    seconds = time.perf_counter() - start
    times, rate = {view: [] for view in VIEWS}, 0.0
    if page.locator("#map").count():
        page.wait_for_selector("#map .plot[data-points]")
        page.wait_for_timeout(1500)
        for view in VIEWS:
            if view != VIEWS[0]:
                page.check("#map [name=digits]", force=True)
                page.check("#map [name=bubbles]", force=True)
                page.wait_for_timeout(1000)  # the digits are still being painted
            times[view] = hover(page, steps, random.Random(0))
        rate = scrub(page)
    page.close()
    return times, seconds, rate


def enlarged(folder: Path, points: int) -> Path:
    """A folder of checkpoints with the default model alone, whose atlas holds that many points."""
    shutil.copytree(ROOT / "checkpoints" / MODEL, folder / MODEL)
    path = folder / MODEL / "atlas.safetensors"
    atlas, generator = load_file(path), np.random.default_rng(0)
    rows = np.resize(np.arange(len(atlas["labels"])), points)
    for name in ("mu", "logvar", "plane", "labels", "tsne"):
        noise = generator.normal(0, 0.01, (points, *atlas[name].shape[1:]))
        atlas[name] = (atlas[name][rows] + (0 if name == "labels" else noise)).astype(atlas[name].dtype)
    atlas["snapshot_planes"] = np.ascontiguousarray(atlas["snapshot_planes"][:, rows])
    save_file(atlas, path)
    return folder


def report(name: str, times: list[list[float]]) -> str:
    """One line of a table."""
    columns = (f"{statistics.median(column):9.1f} ms, p95{p95(column):7.1f} ms" for column in zip(*times, strict=True))
    return f"{name:36}{len(times):6}{''.join(f'{column:>28}' for column in columns)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=60, help="steps of a drag (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="drags on each page, in turns (default: %(default)s)")
    parser.add_argument("--beside", type=Path, help="another checkout of the project, whose frames are told, too")
    args = parser.parse_args()
    pages = {
        "explorer": (ROOT / "app.py", "#map .plot[data-points]", drag),
        "explorer, a pen on the pad": (ROOT / "app.py", "#map .plot[data-points]", draw),
        "plain Gradio": (ROOT / "bench" / "plain_page.py", "#z-0 input[type=range]", drag),
    }
    times = {name: [] for name in pages}
    requests = dict.fromkeys(pages, 0)
    hovers = {(points, view): [] for points in POINTS for view in VIEWS}
    rates = {points: [] for points in POINTS}
    loads = {(points, script): [] for points in POINTS for script in ("app.py", "bench/plain_map.py")}
    with sync_playwright() as playwright, launch(playwright) as browser, tempfile.TemporaryDirectory() as scratch:
        models = {points: enlarged(Path(scratch) / str(points), points) for points in POINTS}
        for _ in range(args.rounds):
            for name, (script, ready, gesture) in pages.items():
                with serve(script, {"PYTHONPATH": str(ROOT)}) as (address, _):
                    some, count = measure(browser, address, args.steps, ready, gesture)
                times[name] += some
                requests[name] += count
            for (points, script), seconds in loads.items():
                environment = {"PYTHONPATH": str(ROOT), "CHECKPOINTS": str(models[points])}
                with serve(ROOT / script, environment) as (address, _):
                    time.sleep(4)  # the server reads the model for uploads in its first seconds
                    some, load, rate = measure_map(browser, address, args.steps)
                seconds.append(load)
                if script == "app.py":
                    rates[points].append(rate)
                    for view in VIEWS:
                        hovers[points, view] += some[view]
    what = "a slider is dragged, or a digit drawn"
    print(f"{what:38}{'steps':>4}{'event → pixels':>28}{'hand → pixels':>28}{'requests':>10}")
    for name, some in times.items():
        print(f"{report(name, some)}{requests[name]:10}")
    plain, ours = (statistics.median(event for event, _ in times[name]) for name in ("plain Gradio", "explorer"))
    print(f"From event to pixels the plain page takes {plain / ours:.1f} times as long (medians).")
    print(f"\n{'pointer over the map':36}{'steps':>6}{'event → preview':>28}{'hand → preview':>28}")
    for (points, view), some in hovers.items():
        print(report(f"{points:,} {view}", some))
    print(f"\n{'the map':36}{'drawn after':>14}{'gr.Plot':>14}{'through training':>22}")
    for points in POINTS:
        ours, plain = (statistics.median(loads[points, script]) for script in ("app.py", "bench/plain_map.py"))
        print(
            f"{f'{points:,} points':36}{ours:12.2f} s{plain:12.2f} s{statistics.median(rates[points]):13.0f} frames/s"
        )
    print()
    with sync_playwright() as playwright, launch(playwright) as browser:
        frames.report(browser, args.rounds, args.beside)


if __name__ == "__main__":
    main()
