"""What is the static site's own: any file server, no server to ask, no network after the first visit."""

import http.server
import re
import threading
from functools import partial

import pytest
from PIL import Image

from tests.browser.conftest import wait_until_ready
from tests.browser.helpers import draw_at_random, settle
from ui import site


class Plain(http.server.SimpleHTTPRequestHandler):
    """Python's own file server has neither byte ranges nor compression."""

    def log_message(self, format, *args):
        pass


@pytest.fixture(scope="module")
def plain(tmp_path_factory, browser):
    """The site in a folder of a plain server: its address, and a function that ends the server."""
    folder = tmp_path_factory.mktemp("files")
    site.write(folder / "demo")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Plain, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/demo/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser, plain):
    """Opens the site as a new visitor, service worker and all."""
    contexts = []

    def visit(**options):
        context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.troubles = []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("request", lambda request: page.troubles.append(request.url) if is_foreign(request.url) else None)
        page.goto(plain)
        wait_until_ready(page)
        return page

    def is_foreign(url):
        return not url.startswith((plain, "data:", "blob:"))

    yield visit
    for context in contexts:
        context.close()


def test_it_works_in_a_folder_of_a_server_without_byte_ranges(visit):
    page = visit(service_workers="block")
    draw_at_random(page)
    page.select_option("#model", "fashion-vae-20d")
    page.wait_for_selector("#map .plot[data-model='fashion-vae-20d']")
    assert page.troubles == []


def test_after_the_first_visit_it_needs_no_network(visit):
    page = visit()
    page.wait_for_function("navigator.serviceWorker.controller")
    page.wait_for_function("document.querySelectorAll('#nearest canvas').length > 4")
    page.context.set_offline(True)
    page.reload()
    wait_until_ready(page)
    draw_at_random(page)
    page.click("#language")
    page.wait_for_selector("[data-language=zh]")
    page.context.set_offline(False)
    page.click("#morph-button")
    page.locator(".example").first.click()  # the encoders come, of which the next visit needs no more
    page.wait_for_function("explorer.stops.ready")
    page.context.set_offline(True)
    page.reload()  # to the same tab
    page.wait_for_selector("#digit canvas[data-z]")
    page.locator(".example").nth(1).click()
    page.wait_for_function("explorer.stops.ready")
    assert all(page.eval_on_selector_all(".example img", "all => all.map((image) => image.naturalWidth > 0)"))
    assert page.troubles == []


def test_the_service_worker_keeps_its_own_site_and_the_newest_page(visit, plain, tmp_path_factory):
    page = visit()
    page.wait_for_function("navigator.serviceWorker.controller")
    state = """async () => {
      const name = (await caches.keys()).find((key) => key.startsWith("latent-explorer-site"));
      const cache = await caches.open(name);
      await fetch("elsewhere.js").catch(() => {});
      return {
        kept: (await cache.keys()).map(({ url }) => url),
        page: await (await cache.match(location.href.split(/[?#]/)[0])).text(),
      };
    }"""
    told = page.evaluate(state)
    assert plain in told["kept"] and not [url for url in told["kept"] if "elsewhere" in url]
    assert "Latent Explorer" in told["page"]


def test_what_needs_a_server_is_said_and_not_offered(visit, tmp_path):
    page = visit(service_workers="block")
    page.click("#morph-button")
    option = page.locator("#export [value=webp]")
    assert option.is_disabled() and "python app.py" in option.inner_text()
    Image.new("L", (60, 60), 255).save(tmp_path / "scan.tif")
    page.set_input_files("#morph-a input[type=file]", str(tmp_path / "scan.tif"))
    page.wait_for_selector("#morph-a >> text=python app.py")
    assert page.troubles == []


def test_the_theme_is_the_system_s_or_the_address_s(visit, plain):
    ground = "getComputedStyle(document.body).backgroundColor"
    page = visit(service_workers="block", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(24, 24, 27)"
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{ground} === 'rgb(255, 255, 255)'")
    page.goto(f"{plain}?__theme=dark")
    assert page.evaluate(ground) == "rgb(24, 24, 27)"


def test_a_link_opens_what_it_shows(visit, browser):
    page = visit(service_workers="block")
    page.click("#random")
    settle(page)
    link = page.evaluate("explorer.link()")
    assert re.match(r"http://127\.0\.0\.1:\d+/demo/#", link)
    z = page.evaluate("Array.from(explorer.z)")
    page.goto("about:blank")
    page.goto(link)
    wait_until_ready(page)
    assert page.evaluate("Array.from(explorer.z)") == z
