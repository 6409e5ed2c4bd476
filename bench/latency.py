"""From the hand to the pixels: how long after the mouse has moved a slider the new digit is on the page.

A real mouse drags the slider step by step in headless Chromium; each step waits for its picture. The explorer and the
plain Gradio page (bench/plain_page.py) are measured in turns, in the same run.

    python -m bench.latency
"""

import argparse
import random
import statistics

from playwright.sync_api import Browser, Page, sync_playwright

from bench.browser import ROOT, launch, p95, serve

# Time runs to the moment the new pixels are on canvas or image: from the slider's input event, which is what the page
# can answer for, and from the mouse's movement, which the browser holds back until the next frame.
WATCH = """
() => {
  window.steps = [];
  let moved = null, heard = null;
  document.addEventListener("mousemove", (event) => { moved ??= event.timeStamp }, true);
  document.addEventListener("input", (event) => { heard ??= event.timeStamp }, true);
  const arrived = () => {
    const now = performance.now();
    if (heard !== null) steps.push([now - heard, now - moved]);
    moved = heard = null;
  };
  const canvas = document.querySelector("#digit canvas");
  if (canvas) new MutationObserver(arrived).observe(canvas, { attributeFilter: ["data-z"] });
  else document.addEventListener("load", (event) => event.target.matches("img") && arrived(), true);
}
"""


def drag(page: Page, steps: int, rng: random.Random) -> list[list[float]]:
    """Milliseconds from event to pixels and from hand to pixels, for each step of a drag."""
    page.evaluate(WATCH)
    box = page.locator("#z-0 input[type=range]").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    for step in range(steps):
        x = box["x"] + box["width"] * (0.15 + 0.7 * (step * 0.37 % 1))
        before = page.evaluate("steps.length")
        page.mouse.move(x, y)
        page.wait_for_function("before => steps.length > before", arg=before, polling=5)
        page.wait_for_timeout(rng.uniform(20, 50))  # so that steps fall anywhere within a frame
    page.mouse.up()
    return page.evaluate("steps")


def measure(browser: Browser, address: str, steps: int, ready: str) -> tuple[list[list[float]], int]:
    """Milliseconds of each step, and the number of requests that the page made meanwhile."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    page.wait_for_selector(ready)
    page.wait_for_timeout(1500)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    times = drag(page, steps, random.Random(0))
    page.close()
    return times, len(requests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=60, help="steps of a drag (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="drags on each page, in turns (default: %(default)s)")
    args = parser.parse_args()
    pages = {
        "explorer": (ROOT / "app.py", "#map .plot[data-points]"),
        "plain Gradio": (ROOT / "bench" / "plain_page.py", "#z-0 input[type=range]"),
    }
    times = {name: [] for name in pages}
    requests = dict.fromkeys(pages, 0)
    with sync_playwright() as playwright, launch(playwright) as browser:
        for _ in range(args.rounds):
            for name, (script, ready) in pages.items():
                with serve(script, {"PYTHONPATH": str(ROOT)}) as (address, _):
                    some, count = measure(browser, address, args.steps, ready)
                times[name] += some
                requests[name] += count
    print(f"{'':16}{'steps':>6}{'event → pixels':>28}{'hand → pixels':>28}{'requests':>10}")
    for name, some in times.items():
        columns = (
            f"{statistics.median(column):9.1f} ms, p95{p95(column):7.1f} ms" for column in zip(*some, strict=True)
        )
        print(f"{name:16}{len(some):6}{''.join(f'{column:>28}' for column in columns)}{requests[name]:10}")
    plain, ours = (statistics.median(event for event, _ in times[name]) for name in ("plain Gradio", "explorer"))
    print(f"From event to pixels the plain page takes {plain / ours:.1f} times as long (medians).")


if __name__ == "__main__":
    main()
