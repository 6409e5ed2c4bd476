"""How accessible the page is: what axe finds, what jumps while it loads, how small targets are, what is cut off.

python -m bench.access --beside ../before
"""

import argparse
from collections import Counter
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tools.browser import BEEN_HERE, ROOT, launch, serve

TABS = ("explore", "morph", "lecture", "models-tab")
SIZES = ((1920, 1080), (1280, 800), (1024, 768), (390, 844), (900, 600))
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll("button, select, summary, input, a")].map((element) => {
  const { width, height } = (element.closest("label") ?? element).getBoundingClientRect();
  return width > 1 && !element.closest("p, .asked, td, li") ? Math.min(width, height) : Infinity;
}))"""


def opened(browser: Browser, address: str, width: int, height: int, script: str = BEEN_HERE) -> Page:
    """The page, with its map drawn."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.add_init_script(script)
    page.goto(address)
    page.wait_for_selector("#map .plot[data-points='10000']")
    return page


def axe(page: Page) -> Counter:
    """What axe finds on all tabs, in both themes and languages: how many elements break a rule, by its impact."""
    found: Counter = Counter()
    for theme in ("light", "dark"):
        page.evaluate("(theme) => document.body.classList.toggle('dark', theme === 'dark')", theme)
        for _ in ("en", "zh"):
            for tab in TABS:
                page.click(f"#{tab}-button")
                page.wait_for_timeout(1000)
                for rule in Axe().run(page, options=RULES).response["violations"]:
                    found[f"{rule['impact']}: {rule['id']}"] += len(rule["nodes"])
            page.click("#language")
            page.wait_for_timeout(1000)
    return found


def report(browser: Browser, checkout: Path) -> None:
    """Measure a checkout, and print what was found."""
    with serve(checkout / "app.py", {"PYTHONPATH": str(checkout)}) as (address, _):
        page = opened(browser, address, 1280, 800)
        page.click("#morph-button")
        page.set_input_files("#morph-a input[type=file]", checkout / "examples" / "5-marker.jpg")
        page.click("#morph-b .take")
        page.wait_for_timeout(3000)
        for rule, count in sorted(axe(page).items()):
            print(f"  axe, {rule:<42} {count:4}")
        page.close()
        for width, height in SIZES:
            page = opened(browser, address, width, height, SHIFTS)
            page.wait_for_timeout(1500)
            print(f"  layout shift at {width} x {height:<24} {page.evaluate('window.shift'):.3f}")
            if width == 390:
                print(f"  smallest target, pixels, at {width:<18} {page.evaluate(SMALLEST):4.0f}")
            page.close()
        page = opened(browser, address, 320, 640)
        widths = []
        for tab in TABS:
            page.click(f"#{tab}-button")
            page.wait_for_timeout(800)
            widths.append(page.evaluate("document.scrollingElement.scrollWidth"))
        print(f"  widest tab at 320 pixels                   {max(widths):4}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beside", type=Path, help="another checkout of the project, to compare with")
    args = parser.parse_args()
    with sync_playwright() as playwright, launch(playwright) as browser:
        for name, checkout in (("now", ROOT), ("before", args.beside)):
            if checkout:
                print(name)
                report(browser, checkout.resolve())


if __name__ == "__main__":
    main()
