"""The app, running, and a page of it in a real browser."""

import os

import pytest
from playwright.sync_api import sync_playwright

from tools.browser import find_chromium, launch, serve

HOW = "no Chromium or Chrome here: install one (Debian: apt-get install chromium), or name one in CHROMIUM"


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    if find_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail(HOW)
        pytest.skip(HOW)
    with sync_playwright() as playwright, launch(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def address(browser):
    with serve() as (address, _):
        yield address


@pytest.fixture
def open_page(browser, address):
    """Opens the app as a new visitor; afterwards no page may have reported an error or asked anyone else."""
    contexts, troubles = [], []

    def open_page(query="", width=1280, height=800, ready=True, expect_errors=False, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        if not expect_errors:
            page.on("pageerror", lambda error: troubles.append(f"page error: {error}"))
            page.on("console", lambda m: troubles.append(f"console: {m.text}") if m.type == "error" else None)
            page.on("response", lambda r: troubles.append(f"HTTP {r.status}: {r.url}") if r.status >= 400 else None)
        page.on("request", lambda request: troubles.append(request.url) if is_foreign(request.url) else None)
        page.goto(address + query)
        if ready:
            page.wait_for_selector("#digit canvas[data-z]")
            page.wait_for_selector("#map .plot[data-points='10000']")
        return page

    def is_foreign(url):
        return not url.startswith((address, "data:", "blob:"))

    yield open_page
    for context in contexts:
        context.close()
    assert not troubles


@pytest.fixture
def page(open_page):
    return open_page()
