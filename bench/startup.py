"""From `python app.py` to a page that can be used.

Starts the explorer and a bare Gradio page (bench/bare_page.py) in turns, in the same run: seconds to the first HTTP
200, and then, in headless Chromium, from asking for the page to digit, sliders and the map's 10,000 points being there.

    python -m bench.startup
"""

import argparse
import statistics
import time

from playwright.sync_api import sync_playwright

from bench.browser import ROOT, launch, serve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="starts of each page, in turns (default: %(default)s)")
    rounds = parser.parse_args().rounds
    pages = {"explorer": ROOT / "app.py", "bare Gradio": ROOT / "bench" / "bare_page.py"}
    first = {name: [] for name in pages}
    seen, usable = [], []
    with sync_playwright() as playwright:
        for _ in range(rounds):
            for name, script in pages.items():
                with serve(script) as (address, seconds):
                    first[name].append(seconds)
                    if name != "explorer":
                        continue
                    time.sleep(6)  # the server warms up for uploads meanwhile; a visit right then is slower
                    with launch(playwright) as browser:  # a new one each time, its cache empty
                        page = browser.new_page(viewport={"width": 1280, "height": 800})
                        start = time.perf_counter()
                        page.goto(address)
                        page.wait_for_selector("#digit canvas[data-z]")
                        page.wait_for_selector("#z-0 input[type=range]")
                        seen.append(time.perf_counter() - start)
                        page.wait_for_selector("#map .plot[data-points='10000']")
                        usable.append(time.perf_counter() - start)
    for name, seconds in first.items():
        print(f"{name:12} start → first HTTP 200     {summary(seconds)}")
    ours, bare = (statistics.median(first[name]) for name in ("explorer", "bare Gradio"))
    print(f"The explorer takes {ours / bare:.2f} times as long to answer (medians).")
    print(f"explorer     page → digit and sliders   {summary(seen)}")
    print(f"explorer     page → usable, with map    {summary(usable)}")


def summary(seconds: list[float]) -> str:
    return (
        f"median {statistics.median(seconds):5.2f} s, from {min(seconds):.2f} to {max(seconds):.2f} s of {len(seconds)}"
    )


if __name__ == "__main__":
    main()
