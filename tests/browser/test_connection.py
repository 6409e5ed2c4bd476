"""What goes wrong around the page: it says so, keeps what a person has, and mends itself."""

import re

import pytest
from PIL import Image

from tests.browser.helpers import choose_model, draw_at_random, settle, z_of
from tools.browser import BEEN_HERE, free_port, started
from ui.page import EXAMPLES_FOLDER

NAME, FLAT = "mnist-vae-20d", "mnist-vae-2d"
LOST = "The server does not answer"


def test_a_server_that_dies_and_comes_back_takes_nothing_away(browser, tmp_path):
    Image.open(EXAMPLES_FOLDER / "2-pencil.jpg").save(tmp_path / "two.tif")  # the server has to convert it
    port = free_port()
    with started(port=port) as (address, process):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_init_script(BEEN_HERE)
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("#map .plot[data-points='10000']")
        draw_at_random(page)
        z = z_of(page)
        process.kill()
        process.wait()
        page.select_option("#model", FLAT)
        page.wait_for_function("(told) => document.querySelector('#figures').textContent.includes(told)", arg=LOST)
        draw_at_random(page)  # exploring goes on
        page.keyboard.press("Control+z")
        page.click("#morph-button")
        page.set_input_files("#morph-a input[type=file]", EXAMPLES_FOLDER / "5-marker.jpg")
        page.set_input_files("#morph-b input[type=file]", tmp_path / "two.tif")
        for side in "ab":
            told = "([side, told]) => document.querySelector(`#morph-${side} .note`).textContent.includes(told)"
            page.wait_for_function(told, arg=[side, LOST])
        assert abs(z_of(page) - z).max() < 1e-3
    with started(port=port):
        page.wait_for_function("(name) => explorer.model.name === name", arg=FLAT, timeout=60_000)
        page.wait_for_function("explorer.stops.ready", timeout=60_000)  # both files were kept, and are read now
        page.wait_for_function("[...document.querySelectorAll('#more img')].every((image) => image.naturalWidth > 0)")
        settle(page)
        assert LOST not in page.inner_text(".latent-explorer") and page.locator("#figures.problem").count() == 0
        context.close()


@pytest.mark.hosts
def test_files_that_did_not_come_are_fetched_when_the_connection_is_back(open_page):
    page = open_page(expect_errors=True)
    page.route(re.compile(r"mnist-vae-2d/"), lambda route: route.abort())
    page.select_option("#model", FLAT)
    page.wait_for_function("(told) => document.querySelector('#figures').textContent.includes(told)", arg=LOST)
    assert page.input_value("#model") == NAME
    page.unroute_all()
    page.wait_for_function("(name) => explorer.model.name === name", arg=FLAT)
    page.wait_for_selector(f"#map .plot[data-model='{FLAT}']")
    assert page.locator("#figures.problem").count() == 0


def test_what_has_been_chosen_since_is_not_undone_by_a_connection_that_is_back(open_page):
    page = open_page(expect_errors=True)
    page.route(re.compile(r"mnist-vae-2d/"), lambda route: route.abort())
    page.select_option("#model", FLAT)
    page.wait_for_function("(told) => document.querySelector('#figures').textContent.includes(told)", arg=LOST)
    choose_model(page, "mnist-ae-2d")
    page.unroute_all()
    with page.expect_event("request", lambda request: request.method == "HEAD"):
        pass
    settle(page)
    assert page.evaluate("explorer.model.name") == "mnist-ae-2d"


@pytest.mark.asks
def test_a_file_that_is_too_large_for_the_server_is_not_sent(page, tmp_path):
    (tmp_path / "large.tif").write_bytes(b"II*\x00" + bytes(26_000_000))
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.click("#morph-button")
    page.set_input_files("#morph-a input[type=file]", tmp_path / "large.tif")
    page.wait_for_function("document.querySelector('#morph-a .note').textContent.includes('at most 25 MB')")
    assert not sent
    page.evaluate("explorer.setMorph({ stops: {} }, 'stops')")
