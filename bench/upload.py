"""From choosing a file to seeing it normalised and encoded: milliseconds on the page, for each example picture.

python -m bench.upload
"""

import argparse
import statistics
import time

from playwright.sync_api import sync_playwright

from bench.browser import ROOT, launch, p95, serve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="uploads of each picture (default: %(default)s)")
    rounds = parser.parse_args().rounds
    pictures = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in (".jpg", ".png"))
    times = []
    with serve() as (address, _), sync_playwright() as playwright, launch(playwright) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.wait_for_selector("#map .plot[data-points='10000']")
        page.click("#morph-button")
        time.sleep(12)  # the server warms up
        for picture in pictures * rounds:
            before = page.get_attribute("#digit canvas", "data-z")
            start = time.perf_counter()
            page.set_input_files("#morph-a input[type=file]", picture)
            moved = "z => document.querySelector('#digit canvas').dataset.z !== z"
            page.wait_for_function(moved, arg=before, polling=5)
            times.append(1000 * (time.perf_counter() - start))
            page.click("#morph-a button[aria-label='Remove Image']")
            page.wait_for_selector("#morph-a input[type=file]", state="attached")
            page.evaluate("explorer.reset()")
            page.wait_for_timeout(300)
    median = statistics.median(times)
    print(f"upload → normalised, encoded, on screen: median {median:.0f} ms, p95 {p95(times):.0f} ms of {len(times)}")


if __name__ == "__main__":
    main()
