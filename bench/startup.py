"""From `python app.py` to a page that can be used.

Starts the explorer and a bare Gradio page (bench/bare_page.py) in turns, in the same run: seconds to the first HTTP
200, and then, in headless Chromium, from asking for the page to digit, sliders and the map's 10,000 points being there.

    python -m bench.startup
"""

import argparse
import json
import statistics
import time

from playwright.sync_api import sync_playwright

from tools.browser import ROOT, launch, serve

# Milliseconds since the page was asked for, looked at once a frame. Sliders and digit have to be drawn, not only there.
MOMENTS = {
    "digit and sliders": "document.querySelector('#digit canvas[data-z]') && document.querySelector('#z-0')",
    "usable, with map": "document.querySelector('#map .plot[data-points=\"10000\"]')",
}
WATCH = (
    "window.moments = {}; const look = () => {"
    + "".join(f"if ({test}) moments[{json.dumps(name)}] ??= performance.now();" for name, test in MOMENTS.items())
    + "requestAnimationFrame(look) }; look();"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="starts of each page, in turns (default: %(default)s)")
    parser.add_argument(
        "--pause",
        type=float,
        default=12,
        help="seconds from the first answer to the visit; the server warms up meanwhile, for uploads, and a visit then "
        "takes longer (default: %(default)s)",
    )
    args = parser.parse_args()
    pages = {"explorer": ROOT / "app.py", "bare Gradio": ROOT / "bench" / "bare_page.py"}
    first = {name: [] for name in pages}
    moments = {name: [] for name in MOMENTS}
    with sync_playwright() as playwright:
        for _ in range(args.rounds):
            for name, script in pages.items():
                with serve(script) as (address, seconds):
                    first[name].append(seconds)
                    if name != "explorer":
                        continue
                    time.sleep(args.pause)
                    with launch(playwright) as browser:  # a new one each time, its cache empty
                        page = browser.new_page(viewport={"width": 1280, "height": 800})
                        page.add_init_script(WATCH)
                        page.goto(address)
                        page.wait_for_function("Object.keys(moments).length === 2")
                        for moment, milliseconds in page.evaluate("moments").items():
                            moments[moment].append(milliseconds / 1000)
    for name, seconds in first.items():
        print(f"{name:12} start → first HTTP 200     {summary(seconds)}")
    ours, bare = (statistics.median(first[name]) for name in ("explorer", "bare Gradio"))
    print(f"The explorer takes {ours / bare:.2f} times as long to answer (medians).")
    for moment, seconds in moments.items():
        print(f"explorer     page → {moment:19} {summary(seconds)}")


def summary(seconds: list[float]) -> str:
    return (
        f"median {statistics.median(seconds):5.2f} s, from {min(seconds):.2f} to {max(seconds):.2f} s of {len(seconds)}"
    )


if __name__ == "__main__":
    main()
