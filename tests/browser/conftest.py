"""The app, running, and a page of it in a real browser."""

import os
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.helpers import COUNT
from tools.browser import ASKED_OF_ROOT, BEEN_HERE, find_chromium, launch, launch_profile, serve, serve_files
from ui import site
from vae import VAE

# SwiftShader stands in for a graphics card for WebGL alone: to have it put the whole page together takes twice the time
LIGHT = ["--disable-gpu-compositing"]
SHELL = "chromium-headless-shell"  # Chromium without windows, a quarter faster; without it the whole one does
HOW = "no Chromium or Chrome here: install one (Debian: apt-get install chromium), or name one in CHROMIUM"


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


def pytest_generate_tests(metafunc):
    """Each test is run on the Gradio page; what is marked `hosts` on the static site, too; --host names one of them."""
    if "host" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    chosen = metafunc.config.getoption("host")
    hosts = [chosen] if chosen else ["gradio", "static"] if "hosts" in marks else ["gradio"]
    if "asks" in marks:
        hosts = [host for host in hosts if host == "gradio"]
    metafunc.parametrize("host", hosts, scope="session")


@pytest.fixture(scope="session")
def playwright():
    if find_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail(HOW)
        pytest.skip(HOW)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright):
    with launch(playwright, LIGHT, SHELL) as browser:
        yield browser


@pytest.fixture(scope="session")
def profile(playwright, tmp_path_factory):
    """A browser that has what it fetched and compiled before, as a person's own does: a page takes a fifth less
    processor time to open."""
    with launch_profile(playwright, tmp_path_factory.mktemp("profile"), LIGHT, SHELL, service_workers="block") as own:
        own.add_init_script(COUNT)
        yield own


@pytest.fixture(scope="session")
def address(browser, host, request):
    """The page of a host: Gradio's server, or a plain file server over the static site, in a folder of its own."""
    if host == "gradio":
        with serve() as (address, _):
            yield address
    else:
        folder = request.getfixturevalue("tmp_path_factory").mktemp("files")
        site.write(folder / "a site")
        with serve_files(folder) as address:
            yield address + "a%20site/"


@pytest.fixture(scope="session")
def models(checkpoints):
    """The committed models in PyTorch, by name."""
    return {path.name: VAE.from_pretrained(path) for path in checkpoints.iterdir() if path.is_dir()}


def is_error(message):
    """Of the root of a server, which need not be ours, browsers ask for an icon, and Gradio for its manifest."""
    return message.type == "error" and not message.location["url"].endswith(ASKED_OF_ROOT)


class Watch:
    """What a page does that it must not: errors, and requests to anyone else."""

    def __init__(self, address):
        self.address, self.troubles = address, []

    def over(self, page, expect_errors=False):
        if not expect_errors:
            page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
            page.on("console", lambda m: self.troubles.append(f"console: {m.text}") if is_error(m) else None)
            page.on(
                "response", lambda r: self.troubles.append(f"HTTP {r.status}: {r.url}") if r.status >= 400 else None
            )
        page.on("request", lambda request: self.troubles.append(request.url) if self.is_foreign(request.url) else None)

    def is_foreign(self, url):
        return not url.startswith((self.address, "data:", "blob:"))

    def clean(self):
        found, self.troubles = self.troubles, []
        return not found, found


@pytest.fixture
def open_page(browser, profile, address):
    """Opens the app: a test's first page in the profile, where the page has stored nothing; others, those with options,
    and first visits, with an empty cache, in browsers of their own. Afterwards no page may have reported an error or
    asked anyone else."""
    contexts, watch = [], Watch(address)
    empty, *_ = profile.pages

    def new_page(size, first, options):
        """In the profile; in a browser of its own a first visit, the second page of a test, and one with options."""
        if first or options or len(profile.pages) > 1:
            # A service worker's requests cannot be stopped by a test
            contexts.append(browser.new_context(viewport=size, service_workers="block", **options))
            contexts[-1].add_init_script(COUNT)
            return contexts[-1].new_page()
        page = profile.new_page()
        page.set_viewport_size(size)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        stored = {"origin": origin, "storageTypes": "cookies,local_storage,indexeddb,cache_storage"}
        profile.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
        return page

    def open_page(
        query="",
        width=1280,
        height=800,
        ready=True,
        expect_errors=False,
        before=lambda page: None,
        first=False,
        script="",
        **options,
    ):
        page = new_page({"width": width, "height": height}, first, options)
        page.add_init_script(script or ("" if first else BEEN_HERE))
        watch.over(page, expect_errors)
        before(page)
        page.goto(address + query)
        if ready:
            wait_until_ready(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    for page in profile.pages:
        if page is not empty:
            page.close()
    assert watch.clean() == (True, [])


def wait_until_ready(page):
    page.wait_for_selector("#digit canvas[data-z]")
    page.wait_for_selector("#map .plot[data-points='10000']")


@pytest.fixture(scope="module")
def shared(browser, address):
    """A page for all tests of a module that need none of their own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
    watch = Watch(address)
    context.add_init_script(BEEN_HERE)
    context.add_init_script(COUNT)
    page = context.new_page()
    watch.over(page)
    page.goto(address)
    wait_until_ready(page)
    yield page, watch
    context.close()


@pytest.fixture
def page(shared):
    """The shared page, as it is when it opens, but for what can be undone."""
    page, watch = shared
    page.set_viewport_size({"width": 1280, "height": 800})
    page.mouse.move(2, 2)
    page.evaluate(
        """async () => {
          document.activeElement?.blur();
          document.querySelector("#map .plot").dataset.plane = "";
          await explorer.restore("model=mnist-vae-20d");
          for (const details of document.querySelectorAll("details[open]")) details.open = false;
          scrollTo(0, 0);
        }"""
    )
    page.wait_for_selector("#map .plot[data-model='mnist-vae-20d'][data-plane='classes']")
    watch.clean()
    yield page
    page.unroute_all(behavior="ignoreErrors")
    assert watch.clean() == (True, [])


@pytest.fixture
def fresh_page(open_page):
    """A page of its own."""
    return open_page()
