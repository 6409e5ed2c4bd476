"""From choosing a file, or lifting the pen, to seeing it normalised and encoded: milliseconds on the page.

python -m bench.upload
"""

import argparse
import statistics
import time

from playwright.sync_api import Page, sync_playwright

from tools.browser import ROOT, launch, p95, serve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="uploads of each image (default: %(default)s)")
    rounds = parser.parse_args().rounds
    images = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in (".jpg", ".png"))
    uploads, drawings = [], []
    with serve() as (address, _), sync_playwright() as playwright, launch(playwright) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.wait_for_selector("#map .plot[data-points='10000']")
        page.click("#morph-button")
        time.sleep(12)  # the server warms up
        for image in images * rounds:
            before = page.get_attribute("#digit canvas", "data-z")
            start = time.perf_counter()
            page.set_input_files("#morph-a input[type=file]", image)
            uploads.append(wait(page, before, start))
            clear(page)
        box = page.locator("#morph-a-pad").bounding_box()
        for k in range(len(uploads)):
            before = page.get_attribute("#digit canvas", "data-z")
            first, *others = ((box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in seven(k))
            page.mouse.move(*first)
            page.mouse.down()
            for place in others:
                page.mouse.move(*place, steps=4)
            start = time.perf_counter()
            page.mouse.up()
            drawings.append(wait(page, before, start))
            clear(page)
    for what, times in (("file chosen", uploads), ("pen lifted", drawings)):
        median = statistics.median(times)
        print(
            f"{what} → normalised, encoded, on screen: median {median:.0f} ms, p95 {p95(times):.0f} ms of {len(times)}"
        )


def seven(k: int) -> list[tuple[float, float]]:
    """Corners of a stroke, in shares of the pad's side; each k slants it a little more."""
    return [(0.3, 0.2), (0.7, 0.2), (0.4 + 0.01 * k, 0.8)]


def wait(page: Page, before: str, start: float) -> float:
    """Milliseconds until the digit is another one."""
    moved = "z => document.querySelector('#digit canvas').dataset.z !== z"
    page.wait_for_function(moved, arg=before, polling=5)
    return 1000 * (time.perf_counter() - start)


def clear(page: Page) -> None:
    """Take the stop away again."""
    page.click("#morph-a .clear")
    page.wait_for_selector("#morph-a input[type=file]", state="attached")
    page.wait_for_selector("#morph-a-pad.blank")
    page.evaluate("explorer.reset()")
    page.wait_for_timeout(300)


if __name__ == "__main__":
    main()
