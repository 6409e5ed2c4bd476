"""What helps a person on the page: hints on a first visit, the glossary, About."""

import json
import re

import pytest

from tests.browser.helpers import choose_model, drag, frames, settle
from ui.words import strings
from vae import checkpoint

HINT = "#hint:not([hidden])"
TIP = "#term:not([hidden])"
ASK = "button[data-term]"
BUTTONS = [f"#{name}-button" for name in ("explore", "morph", "lecture", "models-tab")]
HINTS = ["slider", "map", "draw", "morph"]
KEPT = "localStorage.getItem('latent-explorer.hints')"


def hint(page, name):
    """Wait for a hint by name."""
    page.wait_for_selector(f"#hint[data-shown='{name}']:not([hidden])")


def no_hint(page):
    page.wait_for_selector("#hint[hidden]", state="attached")
    assert page.is_hidden("#hint")


def boxes(page, *selectors):
    return [page.locator(selector).bounding_box() for selector in selectors]


def overlap(one, other):
    across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return max(0, across) * max(0, down)


# Hints


def test_each_hint_goes_when_it_is_followed_and_none_comes_again(open_page, address):
    page = open_page(first=True)
    hint(page, "slider")
    page.mouse.move(2, 2)
    drag(page, "#sliders .dimension [type=range] >> nth=0", [0.5, 0.6, 0.7])
    hint(page, "map")
    map_box = page.locator("#map .nsewdrag").bounding_box()
    page.mouse.move(map_box["x"] + 50, map_box["y"] + 50)
    page.mouse.move(map_box["x"] + 60, map_box["y"] + 60)
    hint(page, "draw")
    pad = page.locator("#draw .board").bounding_box()
    page.mouse.move(pad["x"] + 40, pad["y"] + 20)
    page.mouse.down()
    page.mouse.move(pad["x"] + 45, pad["y"] + 40)
    page.mouse.up()
    hint(page, "morph")
    page.click("#morph-button")
    no_hint(page)
    page.click("#explore-button")
    frames(page)
    no_hint(page)
    again = page.context.new_page()  # not a reload, but another visit
    again.goto(address)
    again.wait_for_selector("#map .plot[data-points='10000']")
    assert again.evaluate("explorer.hints") == []
    no_hint(again)


def test_hints_are_closed_by_keyboard_and_by_their_button(open_page):
    page = open_page(first=True)
    hint(page, "slider")
    page.evaluate("explorer.setTab('lecture')")  # who reads is left in peace
    frames(page)
    no_hint(page)
    page.evaluate("explorer.setTab('explore')")
    hint(page, "slider")
    assert page.evaluate("document.activeElement === document.body")  # it does not take the focus
    page.keyboard.press("Escape")
    hint(page, "map")
    for _ in range(40):
        if page.evaluate("document.activeElement.matches('#hint button')"):
            break
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == strings()["hint.close"]
    page.keyboard.press("Enter")
    hint(page, "draw")
    page.click("#hint button")
    hint(page, "morph")
    page.click("#language")  # the same goes on in another language
    page.wait_for_selector("[data-language=zh]")
    hint(page, "morph")
    assert page.inner_text("#hint p") == strings("zh")["hint.morph"]
    page.keyboard.press("Escape")
    no_hint(page)
    assert page.evaluate("explorer.history") == {"undo": False, "redo": False}


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1024, 768), (1280, 800), (1920, 1080)])
def test_a_hint_lies_beside_its_subject_within_the_window_and_moves_nothing(open_page, width, height, locale):
    page = open_page(
        first=True, width=width, height=height, locale=locale, is_mobile=width < 500, has_touch=width < 500
    )
    seen = []
    parts = {"slider": "#sliders", "map": "#map .frame", "draw": "#draw", "morph": "#morph-button"}
    places = boxes(page, "#digit", "#map .frame", "#tabs", "#moves")
    page.wait_for_selector(HINT)
    while page.evaluate("explorer.hints.length"):
        frames(page)
        if page.is_hidden("#hint"):  # what is left is farther down, or not shown on a phone
            break
        name = page.get_attribute("#hint", "data-shown")
        seen.append(name)
        box, subject = boxes(page, "#hint", parts[name])
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert box["y"] >= 0 and box["y"] + box["height"] <= height
        assert overlap(box, subject) == 0, name
        if name == "map":  # the tabs right above it on a phone can still be read
            assert not any(overlap(box, tab) for tab in boxes(page, *BUTTONS))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")
    assert seen == (["map", "morph"] if width == 390 else [name for name in HINTS if name in seen])
    assert boxes(page, "#digit", "#map .frame", "#tabs", "#moves") == places
    if width == 390:
        page.evaluate("scrollTo(0, 700)")
        hint(page, "slider")


def test_what_lies_under_a_hint_can_be_used(open_page):
    page = open_page(first=True)
    hint(page, "slider")
    under = page.evaluate(
        """() => {
          const { left, top, height } = document.querySelector("#hint").getBoundingClientRect();
          return Boolean(document.elementFromPoint(left + 4, top + height / 2).closest("#hint"));
        }"""
    )
    assert not under


def test_who_follows_a_link_sees_no_hint(open_page, address):
    page = open_page("#model=mnist-vae-2d&tab=explore", first=True, ready=False)
    page.wait_for_selector("#map .plot[data-points='10000']")
    no_hint(page)
    assert page.evaluate(KEPT) is None  # the first visit on their own is still to come
    own = page.context.new_page()
    own.goto(address)
    hint(own, "slider")
    own.evaluate("location.hash = 'model=mnist-vae-2d'")
    no_hint(own)


def test_where_storage_is_forbidden_there_is_no_trouble(open_page):
    forbid = """for (const name of ["localStorage", "sessionStorage"])
      Object.defineProperty(window, name, { get() { throw new DOMException("forbidden", "SecurityError"); } });"""
    page = open_page(script=forbid)
    for name in HINTS:
        hint(page, name)
        page.keyboard.press("Escape")
    no_hint(page)


# The glossary


def opened(page):
    return page.inner_text("#term b") if page.is_visible("#term") else None


def test_a_term_opens_on_hover_focus_click_and_closes_again(page):
    button = f"#figures {ASK}[data-term=kl]"
    name, text = (strings()[f"term.kl.{part}"] for part in ("name", "text"))
    page.hover(button)
    assert page.inner_text("#term").split("\n") == [name, text]
    assert page.get_attribute(button, "aria-expanded") == "true"
    page.hover("#term")  # the pointer may go to what has opened
    assert opened(page) == name
    page.hover("#digit")
    assert opened(page) is None and page.get_attribute(button, "aria-expanded") == "false"
    page.click(button)
    page.hover("#digit")  # what was clicked stays
    assert opened(page) == name
    page.mouse.click(700, 400)  # on the map
    assert opened(page) is None
    page.focus("#model")
    page.keyboard.press("Tab")
    assert opened(page) == strings()["term.elbo.name"]
    assert (
        page.evaluate("document.getElementById(document.activeElement.getAttribute('aria-describedby')).id") == "term"
    )
    page.keyboard.press("Escape")
    assert opened(page) is None
    page.keyboard.press("Enter")
    assert opened(page) == strings()["term.elbo.name"]
    page.keyboard.press("Tab")
    assert opened(page) == strings()["term.reconstruction.name"]
    page.focus("#model")
    assert opened(page) is None


def test_one_escape_closes_one_thing(open_page):
    page = open_page(first=True)
    hint(page, "slider")
    page.focus(f"#figures {ASK}")
    page.keyboard.press("Escape")
    assert opened(page) is None
    hint(page, "slider")
    page.keyboard.press("Escape")
    hint(page, "map")


def test_a_term_is_explained_in_the_language_of_the_page_and_goes_with_it(open_page):
    page = open_page()
    page.click(f"#figures {ASK}[data-term=nats]")
    assert opened(page) == strings()["term.nats.name"]
    page.click("#language")
    page.wait_for_selector("[data-language=zh]")
    assert opened(page) is None
    page.click(f"#figures {ASK}[data-term=nats]")
    assert page.inner_text("#term span") == strings("zh")["term.nats.text"]
    page.hover("#digit")
    assert opened(page) == strings("zh")["term.nats.name"]
    page.evaluate("explorer.open('mnist-vae-2d')")  # its figures replace the button
    page.wait_for_function("explorer.model.name === 'mnist-vae-2d'")
    assert opened(page) is None


def test_a_tap_opens_a_term_and_chooses_nothing(open_page):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    page.tap("#morph-button")
    page.tap(f"#morph-path {ASK}[data-term=geodesic]")
    assert opened(page) == strings()["term.geodesic.name"]
    assert page.is_checked("#morph-path [value=linear]")  # the button stands in another choice's label
    page.tap("#digit canvas")
    assert opened(page) is None


TABS = ["explore", "morph", "lecture", "models-tab"]


# Gives the focus to each term that can be seen, one after the other; to those outside the tab with the first one. Gives
# what is opened: [{term, inside: the tab, name, box, cut: whether its text is cut off}]
EXPLAINED = """async ([tab, first]) => {
  const found = [], tip = document.querySelector("#term");
  for (const button of document.querySelectorAll("button[data-term]")) {
    const inside = Boolean(button.closest(`#${tab}`));
    if (!(inside || tab === first) || !button.checkVisibility({ visibilityProperty: true })) continue;
    button.scrollIntoView({ block: "center" });
    button.focus();
    for (let k = 0; k < 2; k++) await new Promise(requestAnimationFrame); // it follows where it was scrolled to
    const { left, top, right, bottom } = tip.getBoundingClientRect();
    found.push({
      term: button.dataset.term, inside,
      name: tip.hidden ? null : tip.querySelector("b").textContent,
      box: [left, top, right, bottom], cut: tip.scrollHeight > tip.clientHeight,
    });
    button.blur();
  }
  return found;
}"""


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_no_explanation_is_cut_off_and_each_tab_explains_a_term_once(open_page, locale):
    page = open_page(locale=locale)
    words = strings(locale[:2])
    terms = {key.split(".")[1] for key in words if re.fullmatch(r"term\.\w+\.name", key)}
    page.select_option("#map .plane", "tsne")
    for width in (390, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        met = set()
        for tab in TABS:
            page.click(f"#{tab}-button")
            settle(page)
            found = page.evaluate(EXPLAINED, [tab, TABS[0]])
            inside = [one["term"] for one in found if one["inside"]]
            assert sorted(inside) == sorted(set(inside))
            for one in found:
                assert one["name"] == words[f"term.{one['term']}.name"]
                left, top, right, bottom = one["box"]
                assert left >= 0 and right <= width and top >= 0 and bottom <= 844 and not one["cut"], one
                met.add(one["term"])
        assert met == terms


# About


def test_about_tells_of_the_chosen_model_and_asks_nobody(page, checkpoints):
    for name in ("mnist-vae-20d", "mnist-ae-2d", "mnist-vae-20d-lecture"):
        choose_model(page, name)
        metrics = json.loads((checkpoints / name / "metrics.json").read_text())
        card = checkpoint.read_card(checkpoints / name)
        page.click("#about .open")
        page.wait_for_function("document.querySelectorAll('#about .facts li').length > 3")
        told = page.inner_text("#about .facts")
        assert f"{metrics['training']['epochs']} epochs" in told and metrics["date"][:10] in told
        assert f"{card.figures['reconstruction']:.1f}" in told
        assert ("−ELBO" in told) == card.variational == ("β" in told)
        assert ("critic" in told) == (metrics["training"]["critic"] > 0)
        assert ("turned" in told) == (metrics["training"]["jitter"] > 0)
        for width in (*card.config["encoder_hidden"], *card.config["decoder_hidden"]):
            assert f"–{width}–" in told
        page.keyboard.press("Escape")
        assert not page.evaluate("document.querySelector('#about dialog').open")


def test_about_is_a_dialog_that_closes_by_button_and_beside_it_and_its_links_open_elsewhere(page):
    page.click("#about .open")
    assert page.evaluate("document.querySelector('#about dialog').matches(':modal')")
    links = page.locator("#about a").evaluate_all(
        "all => all.map((one) => [one.href, one.target, one.rel, one.innerText])"
    )
    assert len(links) >= 8
    for href, target, rel, text in links:
        assert href.startswith("https://") and target == "_blank" and rel == "noopener" and text.strip()
    for needed in ("arxiv.org/abs/1312.6114", "youtube.com/watch?v=7Rb4s9wNOmc"):
        assert any(needed in href for href, *_ in links)
    text = page.inner_text("#about dialog")
    assert "CC BY-SA 3.0" in text and "Zalando, MIT" in text
    page.click("#about .close")
    assert page.is_hidden("#about dialog")
    page.click("#about .open")
    page.mouse.click(5, 400)
    assert page.is_hidden("#about dialog")
    assert page.evaluate("document.activeElement.matches('#about .open')")  # the focus is back


@pytest.mark.parametrize("width", [390, 1920])
def test_about_fits_in_the_window(open_page, width):
    page = open_page(width=width, height=700, locale="zh-CN")
    page.click("#about .open")
    box = page.locator("#about dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] >= 0 and box["y"] + box["height"] <= 700
    assert page.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector('#about dialog'))"
    )
    page.locator("#about li").last.scroll_into_view_if_needed()
    assert page.locator("#about li").last.bounding_box()["y"] < 700


# The first digit, the names


def test_the_page_opens_on_a_digit_like_data_and_says_what_it_is(open_page, checkpoints):
    page = open_page(ready=False)
    page.wait_for_selector("#digit canvas[data-z]")
    shown = json.loads(page.get_attribute("#digit canvas", "data-z"))
    assert any(shown) and page.get_attribute("#undo", "aria-disabled") == "true"
    page.wait_for_selector("#map .plot[data-points='10000']")
    assert json.loads(page.get_attribute("#digit canvas", "data-z")) == shown  # it has not jumped
    assert page.inner_text("#lead") == "A network describes each digit by 20 numbers, z. Move them."
    choose_model(page, "fashion-vae-20d")
    assert page.inner_text("#lead") == "A network describes each piece of clothing by 20 numbers, z. Move them."
    assert any(json.loads(page.get_attribute("#digit canvas", "data-z")))
    page.click("#reset")
    page.wait_for_function("explorer.z.every((value) => value === 0)")


def test_the_chooser_names_each_model_by_a_sentence_and_keeps_its_value(page, checkpoints):
    cards, _ = checkpoint.read_all(checkpoints)
    options = page.locator("#model option").evaluate_all("all => all.map((one) => [one.value, one.text])")
    assert {value for value, _ in options} == set(cards)
    assert len({text for _, text in options}) == len(cards)
    for value, text in options:
        assert ("Plain autoencoder" in text) == (not cards[value].variational)
        assert f"{cards[value].latent_dim} dimensions" in text
    assert dict(options)["mnist-vae-20d"].endswith("the default")
    assert dict(options)["mnist-vae-20d-lecture"].endswith("the lecture’s own network")
    assert page.locator("#model optgroup").count() == 2
