"""Takes the screenshots in README: python -m tools.pictures"""

import io

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tools.browser import BEEN_HERE, ROOT, launch, serve

FOLDER = ROOT / "docs"
PANELS = (
    "pipelines",
    "noise",
    "loss",
    "bubbles",
    "variance",
    "samples",
    "morph",
    "projection",
    "lab",
)  # of the lecture


def main() -> None:
    """Write docs/explore.png, preview.png, map.png, morph.png, morph.gif, lecture-*.png and phone.png."""
    FOLDER.mkdir(exist_ok=True)
    with serve() as (address, _), sync_playwright() as playwright, launch(playwright) as browser:
        page = visit(browser.new_page(viewport={"width": 1280, "height": 760}), address + "?__theme=light")
        go_to_digit(page, 2)
        hover(page, 0.36, 0.3)
        page.screenshot(path=FOLDER / "explore.png")
        page.set_viewport_size({"width": 1200, "height": 630})  # what links are shown with
        page.wait_for_timeout(2000)
        page.screenshot(path=FOLDER / "preview.png")
        page.set_viewport_size({"width": 1280, "height": 760})
        page.evaluate("explorer.open('mnist-vae-2d')")
        page.wait_for_selector("#map .plot[data-model='mnist-vae-2d']")
        sides = []
        for name in ("digits", "bubbles"):
            page.check(f"#map [name={name}]", force=True)
            page.set_checked("#map [name=points]", name == "bubbles", force=True)
            page.wait_for_timeout(6000)
            sides.append(page.locator("#map .frame").screenshot())
            page.uncheck(f"#map [name={name}]", force=True)
        beside(sides).save(FOLDER / "map.png", optimize=True)
        page.evaluate("explorer.open(explorer.models.list[0].name)")

        page = visit(browser.new_page(viewport={"width": 1280, "height": 1010}), address + "?__theme=light")
        page.click("#morph-button")
        page.locator(".example").first.click()
        page.wait_for_function("explorer.stops.ready")
        page.check("#morph-path [value=geodesic]", force=True)
        page.wait_for_function("explorer.stops.curves?.progress === 1", timeout=60_000)
        page.evaluate("explorer.stops.move(0.5)")
        page.wait_for_timeout(4000)
        page.screenshot(path=FOLDER / "morph.png")
        for side, name in zip(
            "cdef", ("5-marker.jpg", "2-pencil.jpg", "7-transparent.png", "4-sideways.jpg"), strict=True
        ):
            page.click("#add-stop")
            page.set_input_files(f"#morph-{side} input[type=file]", str(ROOT / "examples" / name))
            page.wait_for_function(f"explorer.stops.code('{side.upper()}')")
        page.wait_for_function("explorer.stops.curves?.progress === 1", timeout=120_000)
        page.select_option("#export .size", "112")
        with page.expect_download() as waiting:
            page.click("#export .get")
        waiting.value.save_as(FOLDER / "morph.gif")

        page = visit(browser.new_page(viewport={"width": 1280, "height": 900}), address + "?__theme=light")
        page.click("#lecture-button")
        page.wait_for_selector("#lecture-pipelines[data-z]")
        for name in PANELS:
            panel = page.locator(f"#lecture-{name}")
            panel.evaluate("(panel) => panel.scrollIntoView()")
            page.wait_for_timeout(1500)
            if name == "noise":
                panel.locator(".many").click()
            if name == "bubbles":
                page.wait_for_selector("#lecture-bubbles[data-loss]")
                panel.locator(".go").click()
            if name == "lab":
                panel.locator(".play").click()
                page.wait_for_function(
                    "Number(document.querySelector('#lecture-lab').dataset.epoch) > 12", timeout=240_000
                )
                panel.locator(".pause").click()
                page.wait_for_selector("#lecture-lab[data-playing=false]")
            page.wait_for_timeout(4000)
            panel.screenshot(path=FOLDER / f"lecture-{name}.png")

        phone = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
        page = visit(phone.new_page(), address + "?__theme=dark")
        go_to_digit(page, 3)
        page.screenshot(path=FOLDER / "phone.png")


def hover(page: Page, across: float, down: float) -> None:
    """Rest the mouse on a place of the map, by shares of its width and height."""
    box = page.locator("#map .nsewdrag").bounding_box()
    assert box is not None, "the map is to be seen"
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=3)
    page.wait_for_timeout(400)


def beside(images: list[bytes]) -> Image.Image:
    """PNG files as one image, from left to right."""
    parts = [Image.open(io.BytesIO(image)) for image in images]
    whole = Image.new("RGB", (sum(part.width for part in parts), max(part.height for part in parts)), "white")
    left = 0
    for part in parts:
        whole.paste(part, (left, 0))
        left += part.width
    return whole


def visit(page: Page, address: str) -> Page:
    """Open the page and wait for all of it."""
    page.add_init_script(BEEN_HERE)
    page.goto(address)
    page.wait_for_selector("#map .plot[data-points='10000']")
    return page


def go_to_digit(page: Page, label: int) -> None:
    """Move z to the code of the first test digit of a class, and wait for the strips."""
    page.evaluate(
        """(label) => {
          const { mu, labels } = explorer.atlas, n = explorer.z.length, row = labels.indexOf(label);
          explorer.write(mu.slice(row * n, (row + 1) * n));
        }""",
        label,
    )
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main()
