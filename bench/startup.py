"""How long a visitor waits: from `python app.py` to the first answer, and from asking for the page to digit and map.

A bare Gradio page (bench/bare_page.py), the explorer by Gradio and the static site are visited in turns, in the same
run, in headless Chromium: a first visit with an empty cache, and a second one; then over slower lines.

    python -m bench.startup
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tools.browser import ROOT, launch, serve, serve_files
from ui import site

# Milliseconds since the page was asked for, looked at once a frame. Sliders and digit have to be drawn, not only there.
MOMENTS = {
    "words": "document.querySelector('main :is(h1, p)')?.textContent.trim()",
    "digit": "document.querySelector('#digit canvas[data-z]') && document.querySelector('#z-0')",
    "map": "document.querySelector('#map .plot[data-points=\"10000\"]')",
}
WATCH = (
    "window.moments = {}; const look = () => {"
    + "".join(f"if (!moments.{name} && ({test})) moments.{name} = performance.now();" for name, test in MOMENTS.items())
    + "requestAnimationFrame(look) }; look();"
)
LINES = {"10 Mbit/s": (10e6 / 8, 40), "1.6 Mbit/s": (1.6e6 / 8, 150)}  # bytes a second, milliseconds there and back
PAGES = ("bare Gradio", "explorer", "static site")
FIRST, SECOND = "first visit", "second visit"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="of visits to each page, in turns (default: %(default)s)")
    parser.add_argument("--slow-rounds", type=int, default=2, help="over each slow line (default: %(default)s)")
    args = parser.parse_args()
    answered = {name: [] for name in PAGES[:2]}
    visits: dict[tuple[str, str], list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site.write(Path(folder) / "site")
        for round in range(max(args.rounds, args.slow_rounds)):
            for name in PAGES:
                with opened(name, Path(folder)) as (address, seconds), launch(playwright) as browser:
                    if seconds is not None:
                        answered[name].append(seconds)
                    time.sleep(2)  # a server that has just started is busy still
                    if round < args.rounds:
                        for line, visit in zip((FIRST, SECOND), twice(browser, address, name), strict=False):
                            visits.setdefault((name, line), []).append(visit)
                    if round < args.slow_rounds and name != PAGES[0]:
                        for line, conditions in LINES.items():
                            first, second = twice(browser, address, name, conditions)
                            visits.setdefault((name, line), []).append(first)
                            visits.setdefault((name, f"{line}, second"), []).append(second)
    for name, seconds in answered.items():
        print(f"{name:12} start → first HTTP 200  {statistics.median(seconds):.2f} s (median of {len(seconds)})")
    print(f"{'':12} {'':20} " + " ".join(f"{moment:>7}" for moment in MOMENTS) + "   MB  requests of ours")
    for (name, line), own in visits.items():
        medians = {key: statistics.median(visit[key] for visit in own) for key in own[0]}
        times = " ".join(f"{medians[moment]:7.2f}" if moment in medians else " " * 7 for moment in MOMENTS)
        print(f"{name:12} {line:20} {times} {medians['bytes'] / 1e6:5.2f} {medians['requests']:5.0f}")
    bare = statistics.median(visit["words"] for visit in visits[PAGES[0], FIRST])
    for name in PAGES[1:]:
        digit, map_ = (statistics.median(visit[key] for visit in visits[name, FIRST]) for key in ("digit", "map"))
        print(f"{name}: digit {digit / bare:.2f}, map {map_ / bare:.2f} times the first words of the bare page.")


@contextmanager
def opened(name: str, folder: Path) -> Iterator[tuple[str, float | None]]:
    """A page's address, and the seconds from its server's start to the first answer; None for a server of files."""
    if name == PAGES[2]:
        with serve_files(folder) as address:
            yield f"{address}site/", None
    else:
        with serve(ROOT / "bench" / "bare_page.py" if name == PAGES[0] else ROOT / "app.py") as answer:
            yield answer


def twice(browser: Browser, address: str, name: str, line: tuple[float, float] | None = None) -> list[dict[str, float]]:
    """A first visit with an empty cache and a second one: {moment: seconds, bytes, requests until the last moment}."""
    with browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block") as context:
        wanted = ["words"] if name == PAGES[0] else list(MOMENTS)
        return [visit(context, address, wanted, line) for _ in range(2)]


def visit(
    context: BrowserContext, address: str, wanted: list[str], line: tuple[float, float] | None
) -> dict[str, float]:
    """One visit in a tab of its own."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    if line:
        rate, latency = line
        limits = {"offline": False, "latency": latency, "downloadThroughput": rate, "uploadThroughput": rate}
        devtools.send("Network.emulateNetworkConditions", limits)
    size, urls = [0], []
    devtools.on("Network.loadingFinished", lambda event: size.append(event["encodedDataLength"]))
    page.on("request", lambda request: urls.append(request.url))
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_function(f"{json.dumps(wanted)}.every((name) => moments[name])", timeout=120_000)
    moments = {key: value / 1000 for key, value in page.evaluate("moments").items()}
    ours = [url for url in urls if "/assets/" not in url and not url.startswith(("data:", "blob:"))]
    page.close()
    return moments | {"bytes": sum(size), "requests": len(ours)}


if __name__ == "__main__":
    main()
