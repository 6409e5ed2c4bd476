"""Without a mouse, without good eyes, with fingers, on small and on large screens."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.helpers import MOVED, draw_at_random, frames, settle, z_of
from ui.page import EXAMPLES_FOLDER

TABS = ("explore", "morph", "lecture", "models-tab")
SERIOUS = ("serious", "critical")


def trouble(page, *rules):
    """What axe finds that keeps people out: rules, of those named or of all, and the elements that break them."""
    options = {"resultTypes": ["violations"]}  # to tell what is right, too, would take as long again
    if rules:
        options["runOnly"] = rules
    found = Axe().run(page, options=options).response["violations"]
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found if rule["impact"] in SERIOUS]


@pytest.mark.parametrize(("tabs", "given"), [(TABS, False), (TABS[:2], True)], ids=["empty", "given"])
def test_axe_finds_nothing_serious_on_any_tab_in_any_theme_and_language(page, tabs, given):
    if given:  # which these two tabs show
        page.evaluate("explorer.keep('a pin')")
        page.set_input_files("#morph-a input[type=file]", EXAMPLES_FOLDER / "5-marker.jpg")
        page.click("#morph-button")
        page.click("#morph-b .take")
        page.wait_for_function("explorer.stops.ready")
    try:
        for theme in ("light", "dark"):
            page.evaluate("(theme) => document.body.classList.toggle('dark', theme === 'dark')", theme)
            for _ in ("en", "zh"):
                for tab in tabs:
                    page.click(f"#{tab}-button")
                    frames(page)
                    # A theme changes colours alone
                    assert trouble(page, *(["color-contrast"] if theme == "dark" else [])) == [], (theme, tab)
                page.click("#language")
                settle(page)
    finally:
        page.evaluate(
            "document.body.classList.remove('dark'); explorer.setPins([]); explorer.setMorph({stops: {}}, 'stops')"
        )


def test_the_list_of_keys_opens_with_a_question_mark_but_not_while_one_types(page):
    page.keyboard.press("?")
    page.wait_for_selector("#keys dialog[open]")
    assert trouble(page) == []
    page.keyboard.press("Escape")
    assert not page.is_visible("#keys dialog")
    page.evaluate("explorer.keep('a pin')")
    page.focus("#pins [type=text]")
    page.keyboard.type("why?")
    assert not page.is_visible("#keys dialog")
    page.evaluate("document.activeElement.blur(); explorer.setPins([])")


def test_the_list_of_keys_opens_in_a_narrow_window_too(page):
    page.set_viewport_size({"width": 600, "height": 800})
    page.keyboard.press("?")
    assert page.locator("#keys dialog").bounding_box()["height"] > 200
    page.keyboard.press("Escape")


def test_the_first_stop_of_the_tab_key_on_the_page_leads_to_the_tabs(page):
    page.evaluate("document.querySelector('.latent-explorer .skip').focus()")
    assert page.evaluate("document.activeElement.getBoundingClientRect().height") > 20  # seen once it has the focus
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "explore-button"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("[document.activeElement.id, explorer.state.tab]") == ["morph-button", "morph"]


def press(page, key, times):
    for _ in range(times):
        page.keyboard.press(key)


# Codes that lie within a box on the map, [left, top, right, bottom] in pixels of the plot
WITHIN = """([x0, y0, x1, y1]) => {
  const plot = document.querySelector("#map .plot"), { xaxis, yaxis } = plot._fullLayout;
  return plot.data.flatMap(({ x, y, customdata }) => customdata.filter((_, k) => {
    const left = xaxis._offset + xaxis.l2p(x[k]), top = yaxis._offset + yaxis.l2p(y[k]);
    return left > x0 && left < x1 && top > y0 && top < y1;
  })).sort((a, b) => a - b);
}"""
MARKER = """() => {
  const { e, f } = new DOMMatrix(getComputedStyle(document.querySelector("#map .marker")).transform);
  return [e, f];
}"""


@pytest.mark.parametrize("tool", ["select", "lasso"])
def test_box_and_lasso_select_by_keyboard_what_lies_within(page, tool):
    settle(page)
    page.evaluate("(tool) => explorer.setMap({ drag: tool })", tool)
    page.focus("#map .plot")
    x, y = page.evaluate(MARKER)
    press(page, "ArrowLeft", 4)
    press(page, "ArrowUp", 4)
    page.keyboard.press("Enter")
    if tool == "select":
        press(page, "ArrowRight", 8)
        press(page, "ArrowDown", 8)
        page.keyboard.press("Enter")
    else:
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
            press(page, key, 8)
            page.keyboard.press("Enter")
        page.keyboard.press("Enter")  # twice on one place: closed
    rows = page.evaluate("explorer.selection.rows.toSorted((a, b) => a - b)")
    assert rows == page.evaluate(WITHIN, [x - 48, y - 48, x + 48, y + 48]) and len(rows) > 10
    assert str(len(rows)) in page.text_content("#map .spoken")
    settle(page)
    assert page.is_visible("#map .selection .mean")
    page.click("#undo")
    assert page.evaluate("explorer.selection.rows.length") == 0


def test_a_class_is_hidden_by_its_number(page):
    settle(page)
    page.focus("#map .plot")
    page.keyboard.press("3")
    page.wait_for_function("explorer.state.map.hidden.join() === '3'")
    assert page.text_content("#map .spoken") == "3 is hidden."
    page.keyboard.press("3")
    page.wait_for_function("explorer.state.map.hidden.length === 0")


def test_escape_gives_a_box_up(page):
    page.evaluate("explorer.setMap({ drag: 'select' })")
    page.focus("#map .plot")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowLeft")
    assert page.is_visible("#map .corners")
    page.keyboard.press("Escape")
    assert not page.is_visible("#map .corners")
    assert page.evaluate("explorer.selection.rows.length") == 0


def test_the_cursor_on_the_map_says_where_it_is(page):
    settle(page)
    page.focus("#map .plot")
    press(page, "ArrowUp", 3)
    page.wait_for_function("/^−?[0-9.]+, −?[0-9.]+: ./.test(document.querySelector('#map .spoken').textContent)")


def test_a_digit_is_drawn_by_keyboard(page):
    before = z_of(page)
    page.focus("#draw .board")
    page.keyboard.press("Space")
    press(page, "ArrowDown", 10)
    page.keyboard.press("Space")
    page.wait_for_function(MOVED, arg=before.tolist())
    page.keyboard.press("Control+z")
    settle(page)
    assert abs(z_of(page) - before).max() < 1e-3  # the stroke was one step


def test_a_crop_is_made_by_keyboard(page):
    page.click("#morph-button")
    page.set_input_files("#morph-a input[type=file]", EXAMPLES_FOLDER / "5-marker.jpg")
    page.wait_for_selector("#morph-a.given:not(.busy)")
    settle(page)
    found = page.evaluate("explorer.stops.all.A.found.box")
    page.focus("#morph-a-pad")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    crop = page.evaluate("explorer.stops.all.A.edits.crop")
    assert crop == pytest.approx([found[0] - 0.02, found[1], found[2], found[3]], abs=1e-6)
    page.wait_for_selector("#morph-a:not(.busy)")
    page.evaluate("explorer.setMorph({stops: {}}, 'stops')")


def test_the_wheel_scrolls_the_page_until_it_is_meant_for_the_map(page):
    settle(page)
    page.locator("#map .plot").hover(position={"x": 200, "y": 200})
    ranges = "document.querySelector('#map .plot')._fullLayout.xaxis.range.join()"
    before = page.evaluate(ranges)
    page.mouse.wheel(0, 60)
    page.wait_for_function("scrollY > 0")
    assert page.evaluate(ranges) == before and page.is_visible("#map .wheel")
    page.keyboard.down("Control")
    page.mouse.wheel(0, 60)
    page.keyboard.up("Control")
    page.wait_for_function(f"(before) => {ranges} !== before", arg=before)
    page.click("#map .fit")
    page.wait_for_function(f"(before) => {ranges} === before", arg=before)
    page.mouse.move(5, 300)
    page.evaluate("scrollTo(0, 0)")
    box = page.locator("#map .plot").bounding_box()
    page.mouse.click(box["x"] + 60, box["y"] + 120)
    page.mouse.wheel(0, 60)
    page.wait_for_function(f"(before) => {ranges} !== before", arg=before)
    assert page.evaluate("scrollY") == 0


def swipe(page, x, y, dx, dy, steps=12):
    """A finger that goes [dx, dy] from a place, as the browser hears of one."""
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, steps + 1):
        at = {"x": x + dx * k / steps, "y": y + dy * k / steps}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        frames(page, 1)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def test_on_a_phone_a_vertical_swipe_scrolls_and_turns_no_slider(open_page):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    page.evaluate("document.querySelector('#z-3').scrollIntoView({ block: 'start' })")
    settle(page)
    box = page.locator("#z-3 [type=range]").bounding_box()
    x, y = box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).matches('#z-3 [type=range]')", [x, y])
    before, top = z_of(page), page.evaluate("scrollY")
    swipe(page, x, y, 0, -150)
    page.wait_for_function("(top) => scrollY > top + 50", arg=top)
    settle(page)
    assert (z_of(page) == before).all()
    value = "document.querySelector('#z-3 [type=range]').valueAsNumber"
    assert abs(page.evaluate(value) - before[3]) < 0.02
    page.evaluate("(top) => scrollTo(0, top)", top)
    settle(page)
    swipe(page, x, y, -60, 0)
    page.wait_for_function(MOVED, arg=before.tolist())
    box = page.locator("#z-3 [type=range]").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    page.wait_for_function("Math.abs(explorer.z[3]) < 0.2")


def test_at_320_pixels_nothing_is_wider_than_the_screen(open_page):
    """That is also what 1280 pixels at 400 % are."""
    page = open_page(width=320, height=640)
    for tab in TABS:
        page.click(f"#{tab}-button")
        settle(page)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 320, tab
        cut = page.evaluate(
            """() => [...document.querySelectorAll(".latent-explorer :is(button, select, input, a, p, h2, summary)")]
              .filter((element) => {
                const { left, right, width } = element.getBoundingClientRect();
                const scrolls = element.closest(".gallery, table, .scrolls, pre, [class*=strip], .spoken, .skip");
                return width > 0 && !scrolls && (left < -1 || right > 321);
              }).map((element) => element.outerHTML.slice(0, 80))"""
        )
        assert cut == [], tab


def test_on_a_phone_the_focus_is_never_under_what_stays_on_top(open_page):
    page = open_page(width=390, height=844)
    page.focus("#explore-button")
    for _ in range(45):
        page.keyboard.press("Tab")
        frames(page)
        hidden = page.evaluate(
            """() => {
              const own = document.activeElement, stage = document.querySelector("#map .frame");
              if (!own.closest("#tabs") || own.closest("#map")) return null;
              const { top, height } = own.getBoundingClientRect();
              const isUnder = height > 0 && top + height / 2 < stage.getBoundingClientRect().bottom;
              return isUnder ? own.outerHTML.slice(0, 90) : null;
            }"""
        )
        assert hidden is None


SMALL = """() => [...document.querySelectorAll("button, select, summary, input, a")].filter((element) => {
  const own = element.closest("label") ?? element;
  const { width, height } = own.getBoundingClientRect();
  const isInText = own.closest("p, .asked, td, li, .skip, label.button");
  return width > 1 && Math.min(width, height) < 24 && !isInText;
}).map((element) => element.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("width", [390, 1280])
def test_no_target_is_smaller_than_24_pixels_but_those_within_sentences(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    for tab in TABS:
        page.click(f"#{tab}-button")
        settle(page)
        assert page.evaluate(SMALL) == [], tab


SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, startTime, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    const moved = sources.map(({ node, previousRect, currentRect }) =>
      `${node?.id || node?.className || node?.nodeName} ${previousRect.y} ${currentRect.y} ${currentRect.height}`);
    window.shifts.push({ value, startTime, moved });
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.hosts
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800), (1024, 768), (390, 844), (900, 600)])
def test_nothing_jumps_while_the_page_loads(open_page, size):
    """In the better of two visits: on a starved machine a browser may lay out before a style sheet has come."""
    tried = []
    for _ in range(2):
        page = open_page(width=size[0], height=size[1], first=True, script=SHIFTS)
        settle(page)
        shifts = page.evaluate("window.shifts")
        tried.append((sum(shift["value"] for shift in shifts), shifts))
        if tried[-1][0] <= 0.05:
            return
    pytest.fail(str(tried))


def test_what_is_chosen_shows_in_high_contrast(open_page):
    page = open_page(forced_colors="active")
    shown = page.evaluate(
        """() => ["#map .drag label:has(:checked)", "#map .drag label:not(:has(:checked))"]
          .map((label) => getComputedStyle(document.querySelector(label)).outlineStyle)"""
    )
    assert shown == ["solid", "none"]


LOSE = """() => [...document.querySelectorAll("#map .plot canvas")]
  .map((canvas) => canvas.getContext("webgl")?.getExtension("WEBGL_lose_context"))
  .filter(Boolean).map((extension) => extension.loseContext()).length"""


def test_the_map_comes_back_when_webgl_is_lost(fresh_page):
    page = fresh_page
    for _ in range(5):  # at last it is drawn without
        lost = page.evaluate(LOSE)
        settle(page)
        page.wait_for_selector("#map .plot[data-model='mnist-vae-20d']")
        box = page.locator("#map .plot").bounding_box()
        before = z_of(page)
        page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
        page.wait_for_function(MOVED, arg=before.tolist())
        draw_at_random(page)
    assert lost == 0
    assert page.evaluate("document.querySelector('#map .plot').data[0].type") == "scatter"
