"""The page as a person uses it, in headless Chromium."""

import json
import math
import re
from urllib.parse import urlsplit

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from tests.browser.helpers import (
    choose_model,
    decoded,
    drag,
    frames,
    grey_of,
    pixels_of,
    settle,
    wait_for_neighbours,
    wait_for_z,
    z_of,
)
from tools.browser import BEEN_HERE
from vae import checkpoint

pytestmark = pytest.mark.hosts
EVERY = ("mnist-vae-20d", "fashion-vae-20d")


# The decoder in the browser


@pytest.mark.parametrize("name", EVERY)
def test_the_browser_decodes_as_pytorch_does(page, models, name):
    choose_model(page, name)
    model = models[name]
    z = torch.randn(60, model.latent_dim, generator=torch.Generator().manual_seed(0))
    z *= torch.linspace(0, 6, 60)[:, None]  # from the origin to far out
    decoding = "z => JSON.stringify(z.map((one) => Array.from(window.explorer.decode(Float32Array.from(one)))))"
    ours = json.loads(page.evaluate(decoding, z.tolist()))
    with torch.no_grad():
        theirs = model.decode(z).reshape(60, 784).numpy()
    assert np.abs(np.array(ours) - theirs).max() < 1e-4


def test_the_canvas_shows_what_was_decoded(page, models):
    page.click("#random")
    page.wait_for_function("JSON.parse(document.querySelector('#digit canvas').dataset.z).some((v) => v)")
    expected = 255 * decoded(models["mnist-vae-20d"], z_of(page))
    assert np.abs(pixels_of(page) - expected).max() <= 1.5  # data-z has four decimals


def test_the_nearest_digits_and_the_norm_are_right(page, checkpoints):
    atlas = checkpoint.read_atlas(checkpoints / "mnist-vae-20d")
    page.click("#random")
    frames(page, 3)
    z = z_of(page)
    nearest = np.argsort(np.linalg.norm(atlas["mu"].astype(float) - z, axis=1))[:5]
    wait_for_neighbours(page, [atlas["labels"][i] for i in nearest])
    assert f"‖z‖ {np.linalg.norm(z):.1f}" in page.inner_text("#digit .radius")


# Sliders


def test_sliders_stand_by_how_much_they_tell_and_the_collapsed_are_folded_away(page, checkpoints):
    figures = checkpoint.read_card(checkpoints / "mnist-vae-20d").figures
    order = [f"z-{i}" for i in np.argsort(figures["kl_per_dim"])[::-1]]
    assert page.eval_on_selector_all(".dimension", "rows => rows.map((row) => row.id)") == order
    shown = figures["active_units"]
    assert [page.is_visible(f"#{name}") for name in order] == [True] * shown + [False] * (20 - shown)
    assert f"{20 - shown} collapsed dimensions" in page.inner_text(".collapsed summary")
    page.click(".collapsed summary")
    assert page.is_visible(f"#{order[-1]}")


def test_a_drag_moves_its_dimension_and_the_digit_without_asking_the_server(page):
    settle(page)
    index = int(page.get_attribute(".dimension", "id").removeprefix("z-"))
    before = pixels_of(page)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    drag(page, f"#z-{index} [type=range]", np.linspace(0.5, 0.9, 40))
    settle(page)
    z = z_of(page)
    assert 2.8 < z[index] < 3.6
    assert not np.delete(z, index).any()
    assert np.abs(pixels_of(page) - before).mean() > 5
    assert requests == []


def test_a_number_can_be_typed(page):
    page.fill("#z-7 [type=number]", "-1.25")
    wait_for_z(page, [-1.25 if i == 7 else 0 for i in range(20)])
    assert page.input_value("#z-7 [type=range]") == "-1.25"
    page.fill("#z-7 [type=number]", "")  # nonsense leaves z as it was, and the number comes back
    page.press("#z-7 [type=number]", "Tab")
    assert page.input_value("#z-7 [type=number]") == "-1.25"
    page.fill("#z-7 [type=number]", "7.5")  # farther than the slider goes
    page.press("#z-7 [type=number]", "Tab")
    wait_for_z(page, [7.5 if i == 7 else 0 for i in range(20)])
    assert page.input_value("#z-7 [type=number]") == "7.5"


@pytest.mark.parametrize(("typed", "kept"), [("1e39", 1000), ("-99999999999", -1000)])
def test_a_number_beyond_all_reason_is_held_at_the_limit(page, typed, kept):
    page.fill("#z-0 [type=number]", typed)
    page.press("#z-0 [type=number]", "Tab")
    wait_for_z(page, [kept, *[0] * 19])
    assert page.input_value("#z-0 [type=number]") == str(kept)


def test_the_keyboard_moves_a_slider(page):
    page.focus("#z-7 [type=range]")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_for_z(page, [0.05 if i == 7 else 0 for i in range(20)])
    page.keyboard.press("Control+z")  # keys in a row are one step
    wait_for_z(page, [0] * 20)


def test_a_strip_shows_its_dimension_and_a_click_goes_there(page, models):
    row = page.locator(".dimension").first
    index = int(row.get_attribute("id").removeprefix("z-"))
    settle(page)
    box = row.locator("canvas").bounding_box()
    page.mouse.click(box["x"] + 7.5 / 9 * box["width"], box["y"] + box["height"] / 2)
    value = 4 * (15 / 9 - 1)
    expected = np.zeros(20)
    expected[index] = value
    wait_for_z(page, expected)
    strip = grey_of(page, f"#z-{index} canvas", 196, 0, 28, 28).ravel()
    assert np.abs(strip - 255 * decoded(models["mnist-vae-20d"], expected)).max() <= 1.5


# Random, Reset, Undo, Redo


def test_random_draws_from_the_prior(page):
    drawing = "() => JSON.stringify(Array.from({ length: 400 }, () => { explorer.random(1); return [...explorer.z] }))"
    draws = np.array(json.loads(page.evaluate(drawing)))
    assert abs(draws.mean()) < 0.05 and abs(draws.std() - 1) < 0.03
    assert abs(np.corrcoef(draws[:, ::2].ravel(), draws[:, 1::2].ravel())[0, 1]) < 0.05


def test_the_temperature_scales_random(page):
    page.fill("#temperature input[type=number]", "0")
    page.press("#temperature input[type=number]", "Tab")
    page.click("#random")
    frames(page, 3)
    assert not z_of(page).any()


def test_like_data_at_temperature_zero_gives_means(page, checkpoints):
    page.fill("#temperature input[type=number]", "0")
    page.keyboard.press("Enter")
    page.click("#like-data")
    page.wait_for_function("JSON.parse(document.querySelector('#digit canvas').dataset.z).some((v) => v)")
    means = checkpoint.read_sampler(checkpoints / "mnist-vae-20d").means
    assert np.isclose(means, z_of(page), atol=1e-3).all(1).any()


def test_why_two_kinds_of_random_is_said_with_the_model_s_own_shares(page, checkpoints):
    page.click("#sources summary")
    for name in ("mnist-vae-20d", "mnist-ae-2d"):
        choose_model(page, name)
        readable = checkpoint.read_card(checkpoints / name).metrics["readable"]
        text = page.inner_text("#sources .shares")
        assert {"mnist-vae-20d": "VAE, 20 dimensions", "mnist-ae-2d": "Plain autoencoder, 2 dimensions"}[name] in text
        for key in ("prior", "data", "real"):
            assert f"{math.floor(100 * readable[key] + 0.5)} %" in text
        assert ("has no prior" in text) == ("-ae-" in name)


def test_the_encoder_and_the_snapshots_are_not_fetched(open_page, checkpoints):
    sizes = {}

    def note(response):
        sizes[response.url + response.headers.get("content-range", "")] = response

    open_page(before=lambda page: page.on("response", note))
    fetched = {"model": 0, "atlas": 0}
    for response in sizes.values():
        for file in fetched:
            if f"/mnist-vae-20d/{file}" in response.url:
                fetched[file] += int(response.headers["content-length"])
    model, atlas = (load_file(checkpoints / "mnist-vae-20d" / f"{file}.safetensors") for file in ("model", "atlas"))
    decoder = sum(array.nbytes for name, array in model.items() if not name.startswith("encoder"))
    snapshots = sum(array.nbytes for name, array in atlas.items() if name.startswith("snapshot"))
    assert decoder <= fetched["model"] <= decoder + 2 * 65536 + 1000
    assert fetched["atlas"] <= sum(array.nbytes for array in atlas.values()) - snapshots + 2 * 65536 + 10_000


def test_reset_undo_and_redo_walk_through_what_was_done(fresh_page):
    page = fresh_page
    places = [z_of(page)]
    for _ in range(3):
        page.click("#random")
        frames(page, 3)
        places.append(z_of(page))
    page.click("#reset")
    frames(page, 3)
    assert not z_of(page).any()
    for expected in reversed(places):
        page.click("#undo")
        wait_for_z(page, expected)
    assert page.get_attribute("#undo", "aria-disabled") == "true"
    page.keyboard.press("Control+z")  # nothing is left: nothing happens
    wait_for_z(page, places[0])
    for expected in places[1:]:
        page.click("#redo")
        wait_for_z(page, expected)
    page.keyboard.press("Control+z")
    wait_for_z(page, places[-2])
    page.keyboard.press("Control+Shift+Z")
    wait_for_z(page, places[-1])


def test_a_drag_is_one_step_of_undo(page):
    page.click("#random")
    frames(page, 3)
    start = z_of(page)
    drag(page, "#z-0 [type=range]", np.linspace(0.5, 0.8, 20))
    frames(page, 3)
    middle = z_of(page)
    drag(page, "#z-0 [type=range]", np.linspace(0.8, 0.2, 20))
    frames(page, 3)
    page.click("#undo")
    wait_for_z(page, middle)
    page.click("#undo")
    wait_for_z(page, start)


# Models


def test_sliders_map_digit_and_figures_follow_the_model_and_each_keeps_its_place(page, checkpoints):
    page.click("#random")
    frames(page, 3)
    place = z_of(page)
    choose_model(page, "mnist-vae-2d")
    assert page.locator(".dimension").count() == 2
    assert len(z_of(page)) == 2
    figures = checkpoint.read_card(checkpoints / "mnist-vae-2d").figures
    line = page.inner_text("#figures")
    for number in (figures["nelbo"], figures["reconstruction"], figures["kl"]):
        assert f"{number:.1f}" in line
    assert "2 of 2 dimensions active" in line
    choose_model(page, "mnist-vae-20d")
    wait_for_z(page, place)
    page.click("#undo")
    wait_for_z(page, np.zeros(20))


def test_every_model_is_listed_with_its_figures_and_a_click_opens_it(page, checkpoints):
    page.click("#models-tab-button")
    rows = page.locator("#models tbody tr")
    rows.first.wait_for()  # a tab is filled when it is first seen
    cards, _ = checkpoint.read_all(checkpoints)
    names = rows.locator("td:first-child")
    assert len(set(names.all_inner_texts())) == len(cards)
    assert sorted(rows.locator("code").all_inner_texts()) == sorted(cards)
    for name, card in cards.items():
        text = page.inner_text(f"#models tr[data-model='{name}']")
        figures = card.figures
        assert f"{figures['active_units']}/{card.latent_dim}" in text
        assert f"{figures['reconstruction']:.1f}" in text
        assert (f"{figures['nelbo']:.1f}" in text.split("\t")[1]) == card.variational
        page.click(f"#models tr[data-model='{name}'] button")
        page.wait_for_function("name => document.querySelector('#model').value === name", arg=name)
        assert page.evaluate("explorer.model.name") == name
        assert page.get_attribute("#models [aria-current]", "aria-current") == "true"
        assert page.inner_text("#models tr:has([aria-current]) code") == name
        page.wait_for_function("document.querySelectorAll('.dimension').length === explorer.model.latent_dim")


def test_a_model_chosen_beside_the_map_is_drawn_when_the_map_is_seen_again(page):
    names = page.locator("#map .legendtext")
    places = names.evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")
    page.click("#models-tab-button")
    page.click("#models tr[data-model='mnist-vae-2d'] button")
    page.wait_for_function("explorer.model.name === 'mnist-vae-2d' && explorer.atlas")
    page.click("#explore-button")
    page.wait_for_selector("#map .plot[data-model='mnist-vae-2d']")
    settle(page)
    assert names.evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)") == pytest.approx(
        places, abs=1
    )
    assert page.eval_on_selector("#map .marker", "marker => !marker.hidden")


def test_a_plain_autoencoder_is_shown_without_what_it_has_not(page, checkpoints):
    choose_model(page, "mnist-ae-2d")
    assert "plain autoencoder" in page.inner_text("#figures") and "ELBO" not in page.inner_text("#figures")
    assert "nats" not in page.inner_text("#sliders")
    limit = float(page.get_attribute("#z-0 [type=range]", "max"))
    codes = np.abs(checkpoint.read_atlas(checkpoints / "mnist-ae-2d")["mu"].astype(float))
    assert limit == math.ceil(np.quantile(codes, 0.98)) > 4
    page.click("#reset")
    wait_for_z(page, [0, 0])
    assert page.inner_text("#digit .radius") == "‖z‖ 0.0, and no prior to compare it with"
    assert page.is_hidden("#digit .here") and "no prior" in page.get_attribute("#digit .gauge", "aria-label")
    page.click("#like-data")
    page.wait_for_function("JSON.parse(document.querySelector('#digit canvas').dataset.z).some((v) => v)")


def test_a_first_visit_does_not_wait_for_a_cache_that_is_empty(open_page):
    open_page(script="caches.open = () => new Promise(() => {})")


COUNT_KEPT = """
  window.kept = { asked: 0, done: 0 };
  const { put } = Cache.prototype;
  Cache.prototype.put = async function (...part) {
    kept.asked++;
    await put.apply(this, part);
    kept.done++;
  };
"""


# [path, bytes] of each part of a file that the browser keeps
KEPT = """async () => {
  const keys = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return keys.flat().map(({ url }) => new URL(url)).map((url) => [url.pathname, url.searchParams.get("bytes")]);
}"""


def test_a_second_visit_fetches_no_weights(open_page):
    page = open_page(script=BEEN_HERE + ";" + COUNT_KEPT)
    page.wait_for_function("document.querySelectorAll('#nearest canvas').length > 4")
    page.wait_for_function("kept.asked && kept.done === kept.asked")
    kept = {tuple(part) for part in page.evaluate(KEPT)}
    assert {path.split("/")[-1].split("-")[0].split(".")[0] for path, _ in kept} == {"model", "atlas"}
    again = []
    page.on("request", lambda request: again.append(request))
    page.reload()
    page.wait_for_selector("#map .plot[data-points='10000']")
    page.wait_for_function("document.querySelectorAll('#nearest canvas').length > 4")
    parts = {
        (urlsplit(request.url).path, request.headers["range"].removeprefix("bytes="))
        for request in again
        if ".safetensors" in request.url
    }
    assert not parts & kept  # what the first visit had not come to yet is fetched


def test_weights_are_fetched_once(fresh_page):
    page = fresh_page
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    for name in ("mnist-vae-2d", "mnist-vae-20d", "mnist-vae-2d"):
        choose_model(page, name)
    assert not [url for url in requests if "mnist-vae-20d" in url and "safetensors" in url]
    assert len([url for url in requests if "mnist-vae-2d/model" in url]) == 2  # header, then decoder


def test_a_model_that_does_not_load_is_reported_and_the_other_stays(open_page, checkpoints):
    page = open_page(expect_errors=True)
    page.click("#random")
    frames(page, 3)
    place = z_of(page)
    page.route(re.compile("/mnist-vae-2d/model"), lambda route: route.fulfill(status=500))
    page.select_option("#model", "mnist-vae-2d")
    page.wait_for_selector("#figures.problem")
    assert "mnist-vae-2d could not be loaded" in page.inner_text("#figures")
    wait_for_z(page, place)
    page.wait_for_function("document.querySelector('#model').value === 'mnist-vae-20d'")
    page.unroute_all()
    choose_model(page, "mnist-vae-2d")
    nelbo = checkpoint.read_card(checkpoints / "mnist-vae-2d").figures["nelbo"]
    assert f"{nelbo:.1f}" in page.inner_text("#figures")


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [(lambda whole: b"nonsense, not tensors", "damaged"), (lambda whole: whole[:-100], "cut short")],
)
def test_damaged_weights_are_reported_and_never_drawn(open_page, checkpoints, keep, sentence):
    page = open_page(expect_errors=True)
    whole = (checkpoints / "mnist-vae-2d" / "model.safetensors").read_bytes()
    header = 8 + int.from_bytes(whole[:8], "little")
    decoder = json.loads(whole[8:header])["decoder.6.weight"]["data_offsets"][1]
    body = keep(whole[: header + decoder])  # the decoder's tensors come first
    page.route(re.compile("/mnist-vae-2d/model"), lambda route: route.fulfill(status=200, body=body))
    page.select_option("#model", "mnist-vae-2d")
    page.wait_for_selector("#figures.problem")
    assert sentence in page.inner_text("#figures")
    assert page.evaluate("explorer.model.name") == "mnist-vae-20d"


# The page as a whole


PARTS = ("#model", "#digit canvas", "#random", "#reset", "#undo", "#redo", "#map .plot", "#z-0 [type=range]")


def test_the_window_s_scrollbar_and_the_room_for_it_are_as_dark_as_the_page(page):
    for theme in ("dark", "light"):
        page.evaluate("(theme) => document.body.classList.toggle('dark', theme === 'dark')", theme)
        page.wait_for_function(
            "(theme) => getComputedStyle(document.documentElement).colorScheme === theme", arg=theme, timeout=5000
        )
        ground, root = page.evaluate(
            """() => [getComputedStyle(document.querySelector(".latent-explorer")).getPropertyValue("--ground"),
                         getComputedStyle(document.documentElement).backgroundColor]"""
        )
        rgb = tuple(bytes.fromhex(ground.strip().removeprefix("#"))) if theme == "dark" else (0, 0, 0, 0)
        assert root.partition("(")[2] == ", ".join(map(str, rgb)) + ")"  # light: that of the window, which is white


def test_nothing_is_wider_than_the_screen(open_page):
    page = open_page("?__theme=dark")
    assert page.evaluate("document.body.classList.contains('dark')")
    for width in (390, 768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        for _ in ("either", "theme"):
            page.evaluate("document.body.classList.toggle('dark')")
            settle(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            for selector in PARTS:
                box = page.locator(selector).bounding_box()
                assert box["width"] > 0 and box["x"] >= 0 and box["x"] + box["width"] <= width, selector


def test_on_a_phone_digit_and_map_stay_in_view_while_the_sliders_scroll(open_page):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    page.locator(".dimension").nth(9).scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 300)")
    settle(page)
    for selector in ("#digit canvas", "#map .plot"):
        box = page.locator(selector).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] < 600, selector


def test_canvases_say_what_they_show(page):
    page.click("#random")
    frames(page, 3)
    label = page.get_attribute("#digit canvas", "aria-label")
    assert "‖z‖" in label and "nearest test images" in label


def test_controls_explain_themselves_on_hover(page):
    for name in ("random", "reset", "undo", "redo", "temperature"):
        page.hover(f"#{name}")
        assert "z" in page.get_attribute(f"#{name}", "title")


def test_a_reload_keeps_model_tab_and_z(fresh_page):
    page = fresh_page
    choose_model(page, "mnist-vae-2d")
    page.evaluate("explorer.write([0.5, -1.25])")
    page.click("#models-tab-button")
    page.reload()
    page.wait_for_selector("#models tr[data-model='mnist-vae-2d'] [aria-current]")
    wait_for_z(page, [0.5, -1.25])
    page.click("#explore-button")
    page.wait_for_selector("#map .plot[data-model='mnist-vae-2d']")
    assert page.input_value("#model") == "mnist-vae-2d"
