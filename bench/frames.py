"""Frames while something is moved without rest: a slider, the pointer over the map, the slider of the morph.

An event comes in every frame, for two seconds. Told of each: how much processor time the browser's main thread takes a
frame and how long its tasks last, waits included; how long it is from frame to frame; and how many frames old the z is
that the strips beside the sliders show. Beside them a bare page with one slider and one canvas; our page on which
nothing but a canvas of four pixels changes, which is what the compositor takes of any frame of it; and another checkout
of the project where one is named. Browsers blend the page by the processor where they find no graphics card, only what
has changed; with --emulated-card the processor plays a card, and blends all of the window in every frame.

    python -m bench.frames --beside ../before
"""

import argparse
import itertools
import statistics
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tools.browser import BEEN_HERE, EMULATED_CARD, ROOT, launch, p95, serve

MS = 2000
BARE = """<input type="range" min="-4" max="4" step="0.01" style="width: 300px">
<canvas width="28" height="28" style="display: block; width: 280px; height: 280px; image-rendering: pixelated"></canvas>
<script>
  const context = document.querySelector("canvas").getContext("2d");
  document.querySelector("input").addEventListener("input", ({ target }) => {
    const image = context.createImageData(28, 28);
    for (let i = 0; i < 784; i++) image.data.fill(128 + 127 * Math.sin(target.valueAsNumber * i), 4 * i, 4 * i + 3);
    for (let i = 3; i < 4 * 784; i += 4) image.data[i] = 255;
    context.putImageData(image, 0, 0);
  });
</script>"""
# Adds a canvas of four pixels to a page, that changes with a field beyond its edge.
STILL = """() => {
  const style = "position: fixed; left: 0; top: 0; z-index: 9";
  const field = Object.assign(document.createElement("input"), { id: "still", min: 0, max: 9 });
  const canvas = Object.assign(document.createElement("canvas"), { width: 2, height: 2 });
  canvas.style = style;
  field.style = style + "; transform: translateX(-999px)";
  document.body.append(field, canvas);
  const context = canvas.getContext("2d");
  let moves = 0;
  field.addEventListener("input", () => {
    context.fillStyle = moves++ % 2 ? "black" : "white";
    context.fillRect(0, 0, 2, 2);
  });
}"""
# Moves a slider, or a pointer where none is named, in each frame; gives the frames' times and the strips' ages.
MOVE = """async ([selector, milliseconds]) => {
  const target = document.querySelector(selector ?? "#map .nsewdrag");
  const { left, top, width, height } = target.getBoundingClientRect();
  const seen = ({ top, bottom, width }) => width && bottom > 0 && top < innerHeight;
  const strips = [...document.querySelectorAll("#sliders .dimension:not(#z-0) canvas[data-z]")].filter((strip) =>
    seen(strip.getBoundingClientRect()));
  const times = [], written = [], ages = [], start = performance.now();
  for (let k = 0; performance.now() - start < milliseconds; k++) {
    times.push(await new Promise(requestAnimationFrame));
    for (const strip of selector === "#z-0 [type=range]" && k > 10 ? strips : []) {
      const at = written.lastIndexOf(strip.dataset.z);
      ages.push(written.length - 1 - at);
    }
    const x = 0.5 + 0.4 * Math.sin(k / 9), y = 0.5 + 0.4 * Math.cos(k / 7);
    if (selector) {
      target.value = Number(target.min) + x * (target.max - target.min);
      target.dispatchEvent(new Event("input", { bubbles: true }));
      written.push(document.querySelector("#digit canvas")?.dataset.z);
    } else {
      const place = { clientX: left + x * width, clientY: top + y * height };
      target.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerType: "mouse", ...place }));
    }
  }
  return [times, ages];
}"""


def busy(devtools: CDPSession) -> float:
    """Milliseconds of the main thread's tasks since the page was opened."""
    metrics = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
    return 1000 * metrics["TaskDuration"]


class Moved(NamedTuple):
    """What was measured of one movement."""

    processor: float  # milliseconds of processor time that the main thread takes per frame
    tasks: float  # milliseconds that its tasks last per frame
    gaps: list[float]  # milliseconds from frame to frame
    ages: list[int]  # frames that the strips are behind


def moved(page: Page, selector: str | None) -> Moved:
    """Move something without rest, once for each of the main thread's two clocks."""
    spent, gaps, ages = [], [], []
    for clock in ("threadTicks", "timeTicks"):
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": clock})
        page.evaluate(MOVE, [selector, 500])  # warms up
        before = busy(devtools)
        times, behind = page.evaluate(MOVE, [selector, MS])
        spent.append((busy(devtools) - before) / len(times))
        gaps += [after - before for before, after in itertools.pairwise(times)]
        ages += behind
        devtools.detach()
    return Moved(*spent, gaps, ages)


def measure_bare(browser: Browser) -> dict:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_content(BARE)
    result = {"a bare slider": moved(page, "input")}
    page.close()
    return result


def measure(browser: Browser, checkout: Path) -> dict:
    """What a checkout of the project does while it is moved."""
    with serve(checkout / "app.py", {"PYTHONPATH": str(checkout)}) as (address, _):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(BEEN_HERE)
        page.goto(address)
        page.wait_for_selector("#map .plot[data-points]", timeout=120_000)
        page.wait_for_timeout(8000)  # the server reads the model for uploads in its first seconds
        page.evaluate(STILL)
        result = {
            "our page, four pixels change": moved(page, "#still"),
            "slider": moved(page, "#z-0 [type=range]"),
            "pointer over the map": moved(page, None),
        }
        page.check("#map [name=digits]", force=True)
        page.wait_for_timeout(2000)
        result["slider, map painted"] = moved(page, "#z-0 [type=range]")
        page.click("#morph-button")
        for side in "ab":
            page.click("#random")
            page.click(f"#morph-{side} .take")
        page.wait_for_timeout(4000)
        result["slider of the morph"] = moved(page, "#morph-t [type=range]")
        page.close()
    return result


def report(browser: Browser, rounds: int, beside: Path | None = None) -> None:
    """Print what was measured in some rounds of each page, in turns; `beside`: another checkout to compare with."""
    pages = {"": ROOT} | ({"before: ": beside.resolve()} if beside else {})
    all_moved = defaultdict(list)
    for _ in range(rounds):
        results = [measure_bare(browser)]
        for prefix, checkout in pages.items():
            results.append({prefix + name: value for name, value in measure(browser, checkout).items()})
        for name, value in (item for result in results for item in result.items()):
            all_moved[name].append(value)
    bare = statistics.median(gap for one in all_moved["a bare slider"] for gap in one.gaps)
    print(f"{'ms per frame':38}{'processor':>10}{'tasks':>8}{'frame to frame':>16}{'p95':>8}{'of the bare page':>18}")
    for name, moves in all_moved.items():
        processor, tasks = (statistics.median(values) for values in zip(*(one[:2] for one in moves), strict=True))
        gaps, ages = (list(itertools.chain(*values)) for values in zip(*(one[2:] for one in moves), strict=True))
        middle = statistics.median(gaps)
        print(
            f"{name:38}{processor:10.1f}{tasks:8.1f}{middle:16.1f}{p95(gaps):8.1f}{middle / bare:16.2f} ×",
            f"strips {statistics.median(ages):.0f} frames behind, p95 {p95(ages):.0f}" if ages else "",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beside", type=Path, help="another checkout of the project, to compare with")
    parser.add_argument("--rounds", type=int, default=3, help="of each page, in turns (default: %(default)s)")
    parser.add_argument("--emulated-card", action="store_true", help="draw as with a graphics card, by the processor")
    args = parser.parse_args()
    with sync_playwright() as playwright, launch(playwright, [EMULATED_CARD] * args.emulated_card) as browser:
        report(browser, args.rounds, args.beside)


if __name__ == "__main__":
    main()
