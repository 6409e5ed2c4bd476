"""One state behind every view: links, languages, hidden tabs, faults of a part, numbers as people write them."""

import json
import re

import numpy as np
import pytest

from tests.browser.helpers import choose_model, decoded, draw_at_random, pixels_of, settle, wait_for_z, z_of
from tools.browser import serve

BIG, FLAT, PLAIN = "mnist-vae-20d", "mnist-vae-2d", "mnist-ae-2d"


def strip_of(model, z, index, limit=4):
    """What a strip shows: the digit at nine values of one dimension, [28, 252] of 0 to 255."""
    along = np.repeat(np.array(z, np.float32)[None], 9, 0)
    along[:, index] = limit * ((2 * np.arange(9) + 1) / 9 - 1)
    return 255 * np.concatenate([decoded(model, one).reshape(28, 28) for one in along], axis=1)


def wait_for_strip(page, index, expected):
    page.wait_for_function(
        """([selector, expected]) => {
          expected = JSON.parse(expected);
          const { data } = document.querySelector(selector).getContext("2d").getImageData(0, 0, 252, 28);
          return expected.every((value, i) => Math.abs(value - data[4 * i]) <= 2);
        }""",
        arg=[f"#z-{index} canvas", json.dumps(expected.ravel().tolist())],
        timeout=15_000,
    )


# What was hidden


def test_strips_follow_a_model_and_a_z_that_changed_on_another_tab(page, models):
    page.click("#models-tab-button")
    page.click(f"#models tr[data-model='{FLAT}'] button")
    page.wait_for_function(f"explorer.model.name === '{FLAT}' && explorer.atlas")
    page.click("#morph-button")
    page.evaluate("explorer.write([0.5, -1])")
    page.click("#explore-button")
    for index in (0, 1):
        wait_for_strip(page, index, strip_of(models[FLAT], [0.5, -1], index))
    page.wait_for_selector(f"#map .plot[data-model='{FLAT}']")
    assert page.eval_on_selector("#map .marker", "marker => !marker.hidden")


# Links


def test_a_link_made_anywhere_brings_back_all_that_is_shown(open_page, checkpoints):
    page = open_page()
    choose_model(page, FLAT)
    page.select_option("#map .plane", "quantiles")
    page.check("#map [name=bubbles]", force=True)
    page.uncheck("#map [name=points]", force=True)
    page.evaluate("explorer.write([0.25, -0.75])")
    page.evaluate("explorer.stops.take('A', [1, 1]); explorer.stops.take('B', [-1, 0.5])")
    page.click("#morph-button")
    page.check("#morph-path [value=spherical]", force=True)
    page.evaluate("explorer.stops.move(0.37); explorer.write([0.25, -0.75])")
    page.click("#models-tab-button")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text }")
    page.click("#copy-link")
    page.wait_for_function("document.querySelector('#copy-link').textContent === 'Copied'")
    link = page.evaluate("copied")
    assert link == page.evaluate("explorer.link()") and link.startswith("http")
    other = open_page("#" + link.split("#")[1], ready=False)
    other.wait_for_selector("#models tr:has([aria-current])")
    wait_for_z(other, [0.25, -0.75])
    other.wait_for_function("explorer.stops.ready")
    assert other.evaluate("explorer.link()") == link
    assert other.get_attribute("#models-tab-button", "aria-selected") == "true"
    other.click("#explore-button")
    other.wait_for_selector(f"#map .plot[data-model='{FLAT}'][data-plane='quantiles']")
    assert other.is_checked("#map [name=bubbles]") and not other.is_checked("#map [name=points]")
    assert other.input_value("#model") == FLAT
    assert other.is_checked("#morph-path [value=spherical]")
    assert other.input_value("#morph-t [type=number]") == "0.37"


def test_a_link_that_is_pasted_over_the_page_needs_no_reload(open_page):
    page = open_page()
    page.evaluate("window.mark = 'still here'; explorer.write(explorer.z.map(() => 1))")
    link = page.evaluate("explorer.link()")
    page.evaluate("explorer.reset()")
    page.evaluate("link => { location.href = link }", link)
    wait_for_z(page, np.ones(20))
    assert page.evaluate("mark") == "still here"
    page.click("#undo")
    wait_for_z(page, np.zeros(20))  # what was there before the link


def test_training_and_zoom_are_part_of_a_link(open_page):
    page = open_page()
    page.click("#map .nearer")
    page.wait_for_function("explorer.state.map.range")
    zoomed = page.evaluate("explorer.state.map.range")
    page.check("#map [name=training]", force=True)
    page.wait_for_selector("#map .epochs output:not(:empty)")
    page.eval_on_selector("#map .epochs [type=range]", "s => { s.value = 3; s.dispatchEvent(new Event('input')) }")
    page.wait_for_selector("#map .epochs[data-at='3']")
    epoch = page.inner_text("#map .epochs output")
    other = open_page("#" + page.evaluate("explorer.link()").split("#")[1], ready=False)
    other.wait_for_selector("#map .epochs output:not(:empty)")
    assert other.inner_text("#map .epochs output") == epoch and other.is_checked("#map [name=training]")
    other.uncheck("#map [name=training]", force=True)
    other.wait_for_function("!document.querySelector('#map .marker').hidden")
    x = other.evaluate("document.querySelector('#map .plot').layout.xaxis.range")
    np.testing.assert_allclose(x, zoomed["x"], rtol=1e-3)


# Languages


def test_chinese_speaks_chinese_and_keeps_all_that_is_set(open_page, models):
    page = open_page(locale="zh-CN")
    assert page.get_attribute("html", "lang") == "zh-Hans"
    assert page.inner_text("#random") == "随机" and page.inner_text("#explore-button") == "探索"
    page.evaluate("explorer.write(explorer.z.map((_, i) => Math.sin(i)))")
    z = z_of(page)
    page.check("#map [name=bubbles]", force=True)
    listeners = page.evaluate("explorer.listeners")
    for language, word in (("en", "Random"), ("zh", "随机"), ("en", "Random")):
        page.click("#language")
        page.wait_for_selector(f".latent-explorer >> text={word}")
        page.wait_for_function("l => document.querySelector('[data-language]').dataset.language === l", arg=language)
        page.wait_for_selector("#map .plot[data-points='10000']")
        wait_for_z(page, z)
    assert page.evaluate("explorer.listeners") == listeners  # what a view listens to ends with it
    assert page.is_checked("#map [name=bubbles]")
    assert np.abs(pixels_of(page) - 255 * decoded(models[BIG], z)).max() <= 2
    page.reload()
    page.wait_for_selector("#random >> text=Random")  # it is remembered


OVERFLOWING = """() => [...document.querySelectorAll(
  ".latent-explorer :is(button, label, h1, summary, [role=tab], .lead, th, option:checked)")]
  .filter((one) => one.getClientRects().length && !one.matches(".near *, .example, .skip"))
  .filter((one) => {
    const { left, right } = one.getBoundingClientRect();
    return one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline"
      || left < -1 || right > innerWidth + 1;
  })
  .map((one) => `${one.tagName} ${one.id} ${one.className} ${one.textContent.trim().slice(0, 40)}`)"""


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_nothing_is_cut_off_in_either_language(open_page, locale):
    page = open_page(locale=locale)
    for width in (390, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        for tab in ("explore", "morph", "models-tab"):
            page.click(f"#{tab}-button")
            assert page.evaluate(OVERFLOWING) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1920, 3840])
def test_the_page_stands_in_the_middle_of_a_wide_screen(open_page, width):
    page = open_page(width=width, height=1080)
    box = page.locator(".latent-explorer").bounding_box()
    right = page.evaluate("document.documentElement.scrollWidth") - box["x"] - box["width"]
    assert abs(box["x"] - right) < 3 and box["width"] > 1700
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# Faults of a part


def test_a_view_that_does_not_load_leaves_the_others(browser):
    with serve(environment={"MODULES": "1"}) as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.route(re.compile(r"/map/overlay\.js"), lambda route: route.abort())
        page.goto(address)
        assert_the_others_work(page)


def assert_the_others_work(page):
    page.wait_for_selector("#map >> text=could not be loaded")
    page.wait_for_selector("[data-language]")  # all views have been mounted
    page.wait_for_function("explorer.model")
    draw_at_random(page)
    page.wait_for_function("document.querySelectorAll('.dimension').length === 20")


def test_a_first_model_that_is_damaged_is_told_of_and_another_one_is_shown(open_page):
    def damage(page):
        page.route(re.compile(f"/{BIG}/model"), lambda route: route.fulfill(status=200, body=b"nonsense, not tensors"))

    page = open_page(ready=False, expect_errors=True, before=damage)
    page.wait_for_selector("#figures.problem")
    assert f"{BIG} could not be loaded" in page.inner_text("#figures") and "damaged" in page.inner_text("#figures")
    page.wait_for_selector("#digit canvas[data-z]")
    assert page.evaluate("explorer.model.name") != BIG
    draw_at_random(page)


@pytest.mark.hosts
def test_a_model_chosen_while_the_first_is_on_its_way_stays(open_page):
    held = {BIG: [], FLAT: []}

    def hold(page):
        page.route(re.compile("/model[^/]*safetensors"), answer)

    def answer(route):
        name = route.request.url.split("/")[-2]
        if name in held:
            held[name].append(route)
        else:
            route.continue_()

    def let_go(name):
        for route in held.pop(name):
            route.continue_()

    page = open_page(ready=False, before=hold)
    page.wait_for_selector(f"#model option[value={FLAT}]", state="attached")
    page.wait_for_function("explorer.opening")
    page.select_option("#model", FLAT)
    let_go(BIG)
    page.evaluate("explorer.models.load(explorer.models.list[0].name, {}).then(() => true)")
    let_go(FLAT)
    page.wait_for_selector(f"#map .plot[data-model={FLAT}]")
    settle(page)
    assert page.evaluate("explorer.model.name") == page.input_value("#model") == FLAT


def test_two_quick_clicks_on_the_language_are_two(fresh_page):
    page = fresh_page
    page.evaluate("document.querySelector('#language').click(); document.querySelector('#language').click()")
    settle(page)
    page.wait_for_selector("[data-language=en]")
    page.click("#language")
    page.wait_for_selector("[data-language=zh]")


def test_a_map_that_cannot_come_is_not_waited_for(open_page):
    def refuse(page):
        page.route(re.compile("/(model|atlas)[^/]*safetensors"), lambda route: route.fulfill(status=404))

    page = open_page(ready=False, expect_errors=True, before=refuse)
    page.wait_for_selector("#figures.problem")
    page.wait_for_selector("#map .waiting", state="hidden")
    page.click("#morph-button")
    page.wait_for_selector("#morph-path input", state="attached")


# Numbers as people write them


@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
def test_a_comma_is_a_decimal_point_and_what_is_no_number_is_refused(open_page, locale):
    page = open_page("#model=mnist-vae-20d", locale=locale)  # at z = 0
    field = "#z-7 [type=number]"

    def typed(text):
        page.click(field, click_count=3)
        page.keyboard.type(text)
        page.keyboard.press("Tab")
        return float(page.input_value(field))

    for text, value in (("1,5", 1.5), ("-0,25", -0.25), ("2.75", 2.75), ("1e1", 10)):
        assert typed(text) == value
        wait_for_z(page, [value if i == 7 else 0 for i in range(20)])
    page.click(field, click_count=3)
    page.keyboard.insert_text("1.234,5")  # as it is pasted
    assert "type a number" in page.eval_on_selector(field, "field => field.validationMessage")
    page.keyboard.press("Tab")
    assert float(page.input_value(field)) == 10
    page.click(field, click_count=3)
    page.keyboard.insert_text("−1,5")  # with a true minus
    page.keyboard.press("Tab")
    assert float(page.input_value(field)) == -1.5


# The map's ranges


RANGES = "['xaxis', 'yaxis'].map((axis) => document.querySelector('#map .plot')._fullLayout[axis].range)"


@pytest.mark.parametrize("name", [PLAIN, "mnist-vae-2d-beta0.1"])
def test_the_whole_map_shows_the_whole_cloud(page, name):
    choose_model(page, name)
    page.click("#map .fit")
    share, filled = page.evaluate(
        f"""() => {{
          const [x, y] = {RANGES}, traces = document.querySelector("#map .plot").data;
          const all = traces.flatMap((trace) => [...trace.x].map((value, k) => [value, trace.y[k]]));
          const inside = all.filter(([a, b]) => x[0] <= a && a <= x[1] && y[0] <= b && b <= y[1]);
          const middle = (axis) => {{
            const values = all.map((point) => point[axis]).sort((a, b) => a - b);
            return values[Math.floor(0.99 * values.length)] - values[Math.floor(0.01 * values.length)];
          }};
          const filled = Math.max(middle(0) / (x[1] - x[0]), middle(1) / (y[1] - y[0]));
          return [inside.length / all.length, filled];
        }}"""
    )
    assert share > 0.99 and filled > 0.4  # nearly all of it, and it is no blob


def test_zooming_ends_where_there_is_nothing_to_see(page):
    span = "((range) => range[1] - range[0])(document.querySelector('#map .plot')._fullLayout.xaxis.range)"
    whole = page.evaluate(span)
    for button, least, most in ((".farther", 2, 8), (".nearer", 1 / 800, 1 / 200)):
        press = """async (one) => {
          for (let k = 0; k < 18; k++, await new Promise(requestAnimationFrame)) one.click();
        }"""  # 1,500 times as much, or as little
        page.eval_on_selector(f"#map {button}", press)
        settle(page)
        assert least <= page.evaluate(span) / whole <= most
    page.click("#map .fit")
    page.wait_for_function(f"Math.abs({span} - {whole}) < 1e-6")
    box = page.locator("#map .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.down("Control")
    for _ in range(40):
        page.mouse.wheel(0, 1000)
    page.keyboard.up("Control")
    settle(page)
    assert 2 <= page.evaluate(span) / whole <= 8


# Undo


def test_undo_takes_back_stops_and_selections(page):
    page.click("#morph-button")
    page.click("#morph-a .take")
    page.wait_for_function("explorer.stops.names.join('') === 'A'")
    page.click("#undo")
    page.wait_for_function("explorer.stops.names.length === 0")
    page.wait_for_selector("#morph-a-pad.blank")
    page.click("#redo")
    page.wait_for_function("explorer.stops.names.join('') === 'A'")
    page.evaluate("explorer.select({ rows: [1, 2, 3] })")
    page.click("#explore-button")
    page.wait_for_selector("#map .selection:not([hidden])")
    assert page.inner_text("#map .count").startswith("3 selected")
    page.click("#undo")
    page.wait_for_selector("#map .selection", state="hidden")


def test_the_page_has_one_global_and_plain_state(page):
    page.evaluate("explorer.stops.take('A')")
    state = page.evaluate("JSON.stringify(explorer.state)")
    assert set(json.loads(state)) == {"model", "tab", "temperature", "samples", "z", "map", "morph", "pins", "lecture"}


@pytest.mark.hosts
def test_the_language_changes_after_every_tab_has_been_open(fresh_page):
    page = fresh_page
    for tab in ("morph", "lecture", "models-tab", "explore"):
        page.click(f"#{tab}-button")
        settle(page)
    page.evaluate("explorer.setTab('lecture')")
    page.wait_for_selector("#lecture-morph[data-ends]")
    page.evaluate("explorer.setTab('explore')")
    page.click("#language")
    page.wait_for_selector("[data-language=zh]")
    settle(page)
    assert page.locator("#model option").count() > 4 and page.inner_text("#morph-button") == "变形"
