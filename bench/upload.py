"""From choosing a file to seeing it found, laid out and encoded; and the camera, followed: python -m bench.upload

All of it happens in the browser; requests are counted.
"""

import argparse
import io
import statistics
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tools.browser import ROOT, camera, launch, p95, serve

# Milliseconds from the event that a file was chosen to the digit that was found in it, as z, on the page
WATCH = """
(selector) => {
  window.times = [];
  let chosen = null;
  document.querySelector(selector).addEventListener("change", () => (chosen = performance.now()), true);
  new MutationObserver(() => {
    if (chosen !== null) times.push(performance.now() - chosen);
    chosen = null;
  }).observe(document.querySelector("#digit canvas"), { attributeFilter: ["data-z"] });
}
"""
SECONDS = 5  # that the camera is followed


def film(path: Path) -> None:
    """What the camera sees: a sheet with a digit, moved a little on a table."""
    with Image.open(ROOT / "examples" / "3-ballpoint.jpg") as digit:
        sheet = digit.convert("RGB").resize((300, 300))
    frames = io.BytesIO()
    for k in range(60):
        frame = Image.new("RGB", (640, 480), (120, 110, 100))
        frame.paste(sheet, (110 + 3 * abs(30 - k), 80))
        frame.save(frames, "JPEG", quality=90)
    path.write_bytes(frames.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="uploads of each image (default: %(default)s)")
    rounds = parser.parse_args().rounds
    images = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in (".jpg", ".png"))
    requests: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        film(Path(folder) / "film.mjpeg")
        flags = camera(Path(folder) / "film.mjpeg")
        with serve() as (address, _), sync_playwright() as playwright, launch(playwright, flags) as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(address)
            page.wait_for_selector("#map .plot[data-points='10000']")
            page.click("#morph-button")
            page.wait_for_timeout(3000)
            choose(page, images[0])  # weights come with the first
            page.evaluate(WATCH, "#morph-a input[type=file]")
            page.on("request", lambda request: request.url.startswith("http") and requests.append(request.url))
            for image in images * rounds:
                choose(page, image)
            times = page.evaluate("times")
            page.click("#follow-camera")
            page.wait_for_function("Number(document.querySelector('#follow').dataset.found) > 3")
            rate = page.evaluate(
                """async (seconds) => {
                  const found = () => Number(document.querySelector("#follow").dataset.found);
                  const [first, start] = [found(), performance.now()];
                  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
                  return (1000 * (found() - first)) / (performance.now() - start);
                }""",
                SECONDS,
            )
    median, slow = statistics.median(times), p95(times)
    print(f"file chosen → on screen as z: median {median:.0f} ms, p95 {slow:.0f} ms of {len(times)}")
    print(f"the camera, followed: {rate:.1f} images a second")
    print(f"requests meanwhile: {len(requests)}")


def choose(page: Page, image: Path) -> None:
    """Give a stop an image, wait for the digit, and take the stop away again."""
    before = page.get_attribute("#digit canvas", "data-z")
    page.set_input_files("#morph-a input[type=file]", image)
    page.wait_for_function("z => document.querySelector('#digit canvas').dataset.z !== z", arg=before, polling=5)
    page.click("#morph-a .clear")
    page.evaluate("explorer.reset()")
    page.wait_for_timeout(300)


if __name__ == "__main__":
    main()
