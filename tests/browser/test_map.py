"""The map: what the pointer previews and where a click goes, in every plane, against numpy and scipy."""

import json
import re

import numpy as np
import pytest
from scipy import spatial, stats

from tests.browser.helpers import (
    choose_model,
    decoded,
    frames,
    grey_of,
    module,
    pixels_of,
    settle,
    wait_for_neighbours,
    wait_for_z,
    z_of,
)
from ui.figures import CLASSES, PALETTE
from vae import checkpoint

BIG, FLAT, PLAIN, FASHION = "mnist-vae-20d", "mnist-vae-2d", "mnist-ae-20d", "fashion-vae-20d"
PLANES = [
    (BIG, "classes"),
    (BIG, "principal"),
    (BIG, "dimensions"),
    (BIG, "tsne"),
    (FLAT, "dimensions"),
    (FLAT, "quantiles"),
    (FLAT, "tsne"),
    (PLAIN, "classes"),
    (PLAIN, "principal"),
    (PLAIN, "dimensions"),
    (PLAIN, "tsne"),
    (FASHION, "classes"),
    (FASHION, "tsne"),
]
PREVIEW = "#map .preview canvas"
VISIBLE = "getComputedStyle(document.querySelector('#map .preview')).visibility === 'visible'"
CELLS = """() => {
  const canvas = document.querySelector("#map .backdrop"), { width, height } = canvas.getBoundingClientRect();
  const cell = Math.max(28, Math.sqrt((width * height) / 600));
  return Number(canvas.dataset.cells) === Math.round(width / cell) * Math.round(height / cell);
}"""
TRACE = "({ x, y, customdata }) => [Array.from(x), Array.from(y), customdata]"


@pytest.fixture(scope="module")
def atlases(checkpoints):
    def read(name):
        return {key: np.asarray(value, float) for key, value in checkpoint.read_atlas(checkpoints / name).items()}

    return {name: read(name) for name in (BIG, FLAT, PLAIN, FASHION)}


class Plane:
    """A plane of the map in numpy: where codes lie, and what a place on it means."""

    def __init__(self, atlas, kind, dimensions=(0, 1)):
        self.mu, self.kind = atlas["mu"], kind
        n = self.mu.shape[1]
        self.center, self.axes = np.zeros(n), np.eye(n)[list(dimensions)]
        if kind in ("classes", "principal"):
            self.center, self.axes = atlas["center"], atlas["class_axes" if kind == "classes" else "axes"]
        self.points = atlas["tsne"] if kind == "tsne" else self.place(self.mu)

    def place(self, z):
        flat = (z - self.center) @ self.axes.T
        return stats.norm.cdf(flat) if self.kind == "quantiles" else flat

    def lift(self, point, z):
        if self.kind == "quantiles":
            return stats.norm.ppf(np.clip(point, 1e-4, 1 - 1e-4))
        if self.kind == "tsne":
            distances = np.linalg.norm(self.points - point, axis=1)
            rows = np.argsort(distances)[:6]
            return np.average(self.mu[rows], axis=0, weights=1 / distances[rows] ** 2)
        return z + self.axes.T @ (point - self.place(z))


def open_plane(page, name, kind):
    """Show a plane of a model; in two dimensions of twenty the fourth and the second most informative are taken."""
    if name != BIG:
        choose_model(page, name)
    dimensions = (0, 1)
    page.select_option("#map .plane", kind)
    if kind == "dimensions" and name != FLAT:
        order = page.evaluate(
            """() => {
              const { kl_per_dim: kl } = explorer.model;
              return [...kl.keys()].sort((a, b) => kl[b] - kl[a]);
            }"""
        )
        dimensions = (order[3], order[1])
        page.select_option("#map .first", str(dimensions[0]))
        page.select_option("#map .second", str(dimensions[1]))
    page.wait_for_selector(f"#map .plot[data-model='{name}'][data-plane='{kind}']")
    settle(page)
    return dimensions


def screen(page, point):
    """Where a place of the plane lies in the window."""
    return page.evaluate(
        """([x, y]) => {
          const plot = document.querySelector("#map .plot"), { xaxis, yaxis } = plot._fullLayout;
          const { left, top } = plot.getBoundingClientRect();
          return [left + xaxis._offset + xaxis.l2p(x), top + yaxis._offset + yaxis.l2p(y)];
        }""",
        list(map(float, point)),
    )


def plane_at(page, x, y):
    """Which place of the plane lies there in the window."""
    return np.array(
        page.evaluate(
            """([x, y]) => {
              const plot = document.querySelector("#map .plot"), { xaxis, yaxis } = plot._fullLayout;
              const { left, top } = plot.getBoundingClientRect();
              return [xaxis.p2l(x - left - xaxis._offset), yaxis.p2l(y - top - yaxis._offset)];
            }""",
            [x, y],
        )
    )


def lonely_point(page, points):
    """A row whose point lies far from all others, and within the plot; and a place in the window without any."""
    box = page.locator("#map .nsewdrag").bounding_box()
    origin, unit = (np.array(screen(page, point)) for point in ((0, 0), (1, 1)))
    everything = origin + points * (unit - origin)
    tree = spatial.KDTree(everything)
    where = everything[:400]
    rim = np.array([box["x"], box["y"]]) + 14, np.array([box["x"] + box["width"], box["y"] + box["height"]]) - 14
    gaps = tree.query(where, 2)[0][:, 1]
    gaps[((where < rim[0]) | (where > rim[1])).any(1)] = 0
    row = int(gaps.argmax())
    generator = np.random.default_rng(0)
    places = generator.uniform(*rim, (600, 2))
    empty = places[tree.query(places)[0].argmax()]
    return row, where[row], empty


def hover(page, x, y):
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    frames(page, 3)


def near(page, selector, expected):
    """Wait until a canvas shows a z."""
    page.wait_for_function(
        """([selector, z]) => {
          const { dataset } = document.querySelector(selector);
          return dataset.z && JSON.parse(dataset.z).every((v, i) => Math.abs(v - z[i]) < 2e-3);
        }""",
        arg=[selector, list(map(float, expected))],
    )


INK_BOX = """() => {
  const canvas = document.querySelector("#map .overlay"), { width, height } = canvas;
  const { left, top, width: across } = canvas.getBoundingClientRect(), scale = width / across;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; 4 * i < data.length; i++) {
    if (!data[4 * i + 3]) continue;
    const x = left + (i % width) / scale, y = top + Math.floor(i / width) / scale;
    [Math.min, Math.min, Math.max, Math.max].forEach((most, k) => (box[k] = most(box[k], k % 2 ? y : x)));
  }
  return box;
}"""
COLOURS = """(places) => {
  const canvas = document.querySelector("#map .overlay"), { left, top, width } = canvas.getBoundingClientRect();
  const scale = canvas.width / width, context = canvas.getContext("2d");
  return places.map(([x, y]) => Array.from(context.getImageData(scale * (x - left), scale * (y - top), 1, 1).data));
}"""


def overlay(page):
    return json.loads(page.get_attribute("#map .overlay", "data-drawn"))


# The pointer


@pytest.mark.parametrize(("name", "kind"), PLANES)
def test_hovering_previews_and_clicking_goes_on_points_and_between_them(page, atlases, models, name, kind):
    dimensions = open_plane(page, name, kind)
    plane = Plane(atlases[name], kind, dimensions)
    page.evaluate("explorer.write(explorer.z.map((_, i) => Math.sin(i + 1)))")
    frames(page, 3)
    z = np.array(page.evaluate("Array.from(explorer.z)"))
    row, point, empty = lonely_point(page, plane.points)

    hover(page, *point)
    near(page, PREVIEW, plane.mu[row])
    assert np.abs(pixels_of(page, PREVIEW) - 255 * decoded(models[name], plane.mu[row])).max() <= 2
    assert page.get_attribute("#map .preview", "data-row") == str(row)
    label = int(atlases[name]["labels"][row])
    assert page.inner_text("#map .preview span") == CLASSES[name.split("-")[0]][label]
    hover(page, *empty)
    lifted = plane.lift(plane_at(page, *empty), z)
    near(page, PREVIEW, lifted)
    assert page.get_attribute("#map .preview", "data-row") == "-1"
    box = page.locator("#map .preview").bounding_box()
    assert abs(box["x"] + box["width"] / 2 - empty[0]) < 90 and abs(box["y"] + box["height"] / 2 - empty[1]) < 90
    np.testing.assert_allclose(page.evaluate("Array.from(explorer.z)"), z, atol=1e-6)  # nothing has moved yet
    page.mouse.move(5, 5)
    page.wait_for_function("getComputedStyle(document.querySelector('#map .preview')).visibility === 'hidden'")
    wait_for_z(page, z)

    for place, expected in ((point, plane.mu[row]), (empty, lifted)):
        if place is empty:
            expected = plane.lift(plane_at(page, *empty), np.array(page.evaluate("Array.from(explorer.z)")))
        page.mouse.click(*place)
        near(page, "#digit canvas", expected)
        np.testing.assert_allclose(page.evaluate("Array.from(explorer.z)"), expected, atol=1e-3)
        marker = page.locator("#map .marker").bounding_box()
        where = place if kind == "tsne" else screen(page, plane.place(expected))  # no quantile is below 0 or above 1
        assert (marker["x"], marker["y"]) == (pytest.approx(where[0], abs=1.5), pytest.approx(where[1], abs=1.5))
    page.click("#undo")
    near(page, "#digit canvas", plane.mu[row])  # a click is one step


def test_a_click_moves_sliders_and_digit_there(page, atlases, models):
    row, point, _ = lonely_point(page, Plane(atlases[BIG], "classes").points)
    page.mouse.click(*point)
    mu = atlases[BIG]["mu"][row]
    wait_for_z(page, mu)
    for index in range(len(mu)):
        assert float(page.input_value(f"#z-{index} [type=number]")) == pytest.approx(mu[index], abs=0.006)
    assert np.abs(pixels_of(page) - 255 * decoded(models[BIG], mu)).max() <= 1.5


def test_dragging_moves_the_map_and_not_z(page, atlases):
    box = page.locator("#map .nsewdrag").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = plane_at(page, x, y)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 30, steps=4)
    page.mouse.up()
    settle(page)
    assert not z_of(page).any()
    np.testing.assert_allclose(plane_at(page, x + 60, y + 30), before, atol=0.02)
    where = screen(page, Plane(atlases[BIG], "classes").place(np.zeros(20)))
    marker = page.locator("#map .marker").bounding_box()
    assert (marker["x"], marker["y"]) == (pytest.approx(where[0], abs=1.5), pytest.approx(where[1], abs=1.5))
    page.click("#map .fit")
    settle(page)
    np.testing.assert_allclose(plane_at(page, x, y), before, atol=0.02)


def test_what_ends_where_it_began_but_went_elsewhere_is_no_click(page):
    box = page.locator("#map .nsewdrag").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    for mode in ("pan", "lasso"):
        page.check(f"#map [name=drag][value={mode}]", force=True)
        page.mouse.move(x, y)
        page.mouse.down()
        for dx, dy in ((60, 0), (60, 60), (0, 60), (0, 0)):
            page.mouse.move(x + dx, y + dy, steps=3)
        page.mouse.up()
        settle(page)
        assert not z_of(page).any()


def test_a_hidden_class_is_not_hit(page, atlases):
    plane = Plane(atlases[BIG], "classes")
    row, point, _ = lonely_point(page, plane.points)
    hover(page, *point)
    page.wait_for_function(f"document.querySelector('#map .preview').dataset.row === '{row}'")
    page.locator("#map .legendtoggle").nth(int(atlases[BIG]["labels"][row])).click()
    page.wait_for_function("document.querySelector('#map .plot').data.some(({ visible }) => visible === 'legendonly')")
    settle(page)
    hover(page, *point)
    page.wait_for_function(f"{VISIBLE} && document.querySelector('#map .preview').dataset.row !== '{row}'")


def test_a_tap_previews_and_goes(open_page, atlases):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    row, point, _ = lonely_point(page, Plane(atlases[BIG], "classes").points)
    page.touchscreen.tap(*point)
    near(page, "#digit canvas", atlases[BIG]["mu"][row])
    near(page, PREVIEW, atlases[BIG]["mu"][row])
    settle(page)
    assert page.evaluate(VISIBLE)  # the finger has left, the preview stays
    page.touchscreen.tap(40, 40)
    page.wait_for_function(f"!({VISIBLE})")


def test_the_keyboard_moves_a_cursor_and_enter_goes_there(page, atlases):
    page.uncheck("#map [name=points]", force=True)  # a cursor over points would go to one of them
    marker = page.locator("#map .marker").bounding_box()
    page.focus("#map .plot")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    plane = Plane(atlases[BIG], "classes")
    near(page, PREVIEW, plane.lift(plane_at(page, marker["x"] + 48, marker["y"] - 2), np.zeros(20)))
    assert page.evaluate(VISIBLE)
    assert not z_of(page).any()
    preview = z_of(page, PREVIEW)
    page.keyboard.press("Enter")
    near(page, "#digit canvas", preview)
    page.keyboard.press("Escape")
    assert not page.evaluate(VISIBLE)


# The planes


def test_the_map_shows_every_test_digit_in_its_class(page, checkpoints):
    atlas = checkpoint.read_atlas(checkpoints / BIG)
    traces = page.evaluate(
        "document.querySelector('#map .plot').data.map(({ x, name, marker }) => [x.length, name, marker.color])"
    )
    assert [count for count, _, _ in traces] == np.bincount(atlas["labels"]).tolist()
    assert [name for _, name, _ in traces] == list("0123456789")
    assert len({colour for _, _, colour in traces}) == 10


def test_the_legend_hides_and_shows_a_class(page):
    visible = "document.querySelector('#map .plot').data.map(({ visible }) => visible ?? true)"
    ranges = "[plot.xaxis, plot.yaxis].map(({ range }) => range)".replace(
        "plot.", "document.querySelector('#map .plot')._fullLayout."
    )
    before = page.evaluate(ranges)
    page.locator("#map .legendtoggle").nth(3).click()
    page.wait_for_function(f"{visible}[3] === 'legendonly'")
    assert [state for state in page.evaluate(visible) if state is not True] == ["legendonly"]
    assert page.evaluate(ranges) == before  # places stay comparable
    settle(page)
    page.locator("#map .legendtoggle").nth(3).click()
    page.wait_for_function(f"{visible}[3] === true")


def test_walking_keeps_what_lies_off_the_plane_and_the_page_says_how_far_that_is(page, atlases):
    plane = Plane(atlases[BIG], "classes")
    page.evaluate("explorer.write(explorer.z.map((_, i) => Math.cos(3 * i)))")
    frames(page, 3)
    z = np.array(page.evaluate("Array.from(explorer.z)"))
    rest = z - plane.center - plane.axes.T @ plane.place(z)
    _, _, empty = lonely_point(page, plane.points)
    page.mouse.click(*empty)
    frames(page, 3)
    moved = np.array(page.evaluate("Array.from(explorer.z)"))
    np.testing.assert_allclose(moved - plane.center - plane.axes.T @ plane.place(moved), rest, atol=1e-4)
    np.testing.assert_allclose(plane.place(moved), plane_at(page, *empty), atol=1e-4)
    assert overlay(page)["off"] == pytest.approx(np.linalg.norm(rest), abs=2e-3)
    off = plane.mu[::10] - plane.center - plane.place(plane.mu[::10]) @ plane.axes
    usual = np.sort(np.linalg.norm(off, axis=1))[500]
    note = page.inner_text("#map .note")
    assert f"{np.linalg.norm(rest):.1f} off this plane" in note
    assert float(note.split("are within ")[1].rstrip(".")) == pytest.approx(usual, abs=0.06)
    colour = "getComputedStyle(document.querySelector('#map .ring circle')).stroke"
    assert page.evaluate(colour) != "rgb(255, 255, 255)"
    page.check("#map [name=digits]", force=True)
    settle(page)
    assert page.evaluate(colour) == "rgb(255, 255, 255)"  # on a ground that is painted black
    page.uncheck("#map [name=digits]", force=True)
    page.evaluate("explorer.write(explorer.z.map((value) => 100 * value))")
    page.wait_for_function("document.querySelector('#map .note').textContent.includes('too far for a ring')")
    area = page.locator("#map .nsewdrag").bounding_box()

    def ring_of(off, marker):
        return module(page, "map/ring", f"return module.ringOf({VIEW}, {off}, {list(marker)})")

    for off, marker in ((0.5, (2, -1)), (3.3, (2, -1)), (8, (8, -1))):  # of the larger ones, only a part can be seen
        expected = screen(page, (off, 0))[0] - screen(page, (0, 0))[0]
        found = ring_of(off, marker)
        assert found["toScale"] and found["radius"] == pytest.approx(expected, abs=0.5)
    for off, marker in ((300, (0, 0)), (2, (50, 0))):  # around the map, and beside it
        found = ring_of(off, marker)
        assert not found["toScale"]
        assert found["radius"] == pytest.approx(0.45 * min(area["width"], area["height"]), abs=1)
    frame = page.locator("#map .plot").bounding_box()
    assert found["center"][0] == pytest.approx(area["x"] + area["width"] - frame["x"], abs=1)  # at the map's right edge
    page.select_option("#map .plane", "tsne")
    page.wait_for_selector("#map .plot[data-plane='tsne']")
    settle(page)
    assert "no inverse" in page.inner_text("#map .note")


def test_on_t_sne_lines_lead_to_the_pictures_whose_mean_z_is(page, atlases):
    open_plane(page, BIG, "tsne")
    plane = Plane(atlases[BIG], "tsne")
    empty = lonely_point(page, plane.points)[2]
    page.mouse.click(*empty)
    frames(page, 3)
    rows = np.argsort(np.linalg.norm(plane.points - plane_at(page, *empty), axis=1))[:6]
    assert overlay(page)["links"] == rows.tolist()
    page.evaluate("explorer.write(explorer.z.map((_, i) => 0.4 * Math.sin(i)))")
    frames(page, 3)
    rows = np.argsort(np.linalg.norm(plane.mu - page.evaluate("Array.from(explorer.z)"), axis=1))[:6]
    assert overlay(page)["links"] == rows.tolist()  # by which z is placed here
    page.select_option("#map .plane", "classes")
    page.wait_for_selector("#map .plot[data-plane='classes']")
    settle(page)
    assert overlay(page)["links"] == []


def test_another_size_of_the_window_leaves_marker_and_overlay_where_z_is(page, atlases):
    plane = Plane(atlases[BIG], "classes")
    row, point, _ = lonely_point(page, plane.points)
    page.mouse.click(*point)
    near(page, "#digit canvas", plane.mu[row])
    before = page.locator("#map .plot").bounding_box()
    page.set_viewport_size({"width": 1000, "height": 700})
    settle(page)
    after = page.locator("#map .plot").bounding_box()
    assert abs(after["width"] - before["width"]) > 50 and after["height"] < before["height"] - 50
    canvas = page.locator("#map .overlay").bounding_box()
    assert (canvas["width"], canvas["height"]) == pytest.approx((after["width"], after["height"]), abs=1)
    marker, where = page.locator("#map .marker").bounding_box(), screen(page, plane.points[row])
    assert (marker["x"], marker["y"]) == (pytest.approx(where[0], abs=1.5), pytest.approx(where[1], abs=1.5))
    hover(page, *where)
    near(page, PREVIEW, plane.mu[row])


VIEW = """(() => {
  const { xaxis, yaxis } = document.querySelector("#map .plot")._fullLayout;
  return {
    area: () => ({ left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length }),
    pixels: ([x, y]) => [xaxis._offset + xaxis.l2p(x), yaxis._offset + yaxis.l2p(y)],
  };
})()"""
RANGES = """[...["xaxis", "yaxis"].flatMap((axis) => document.querySelector("#map .plot")._fullLayout[axis].range)]"""


def test_sizes_of_the_window_leave_no_trace(page):
    """Plotly widens an axis to keep both to one scale; a window that comes back finds the map as it was."""
    before = page.evaluate(RANGES)
    for width, height in ((600, 800), (1280, 500), (900, 700), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
    np.testing.assert_allclose(page.evaluate(RANGES), before, atol=1e-6)


def test_buttons_zoom_for_those_without_a_wheel(page):
    def spans():
        left, right, bottom, top = page.evaluate(RANGES)
        return np.array([right - left, top - bottom]), np.array([right + left, top + bottom]) / 2

    span, middle = spans()
    page.click("#map .nearer")
    settle(page)
    np.testing.assert_allclose(spans()[0], span / 1.5, rtol=1e-3)
    np.testing.assert_allclose(spans()[1], middle, atol=1e-3)
    page.click("#map .farther")
    page.click("#map .farther")
    settle(page)
    assert (spans()[0] > 1.2 * span).all()
    page.click("#map .fit")
    settle(page)
    np.testing.assert_allclose(spans()[0], span, rtol=1e-3)


@pytest.mark.parametrize("panned", [0, 20], ids=["at once", "after a drag"])
def test_two_fingers_zoom_and_are_no_click(open_page, panned):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    box = page.locator("#map .nsewdrag").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = page.context.new_cdp_session(page)

    def touch(kind, *places):
        points = [{"x": left, "y": y, "id": finger} for finger, left in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        frames(page, 3)

    before, z = np.array(page.evaluate(RANGES)), z_of(page)
    first = x - 30 - panned
    touch("touchStart", first)
    if panned:
        first += panned
        touch("touchMove", first - panned / 2)
        touch("touchMove", first)
    touch("touchStart", first, x + 30)
    for moved in range(5, 61, 5):
        touch("touchMove", first - moved, x + 30 + moved)
    touch("touchEnd", first - 60)
    touch("touchMove", first)  # what is left of it is no drag
    touch("touchEnd")
    settle(page)
    after = np.array(page.evaluate(RANGES))
    np.testing.assert_allclose(after[1::2] - after[::2], (before[1::2] - before[::2]) / 3, rtol=0.01)
    middle = before.reshape(2, 2).mean(axis=1) - np.array([panned * (before[1] - before[0]) / box["width"], 0])
    np.testing.assert_allclose(after.reshape(2, 2).mean(axis=1), middle, atol=0.02)
    assert (z_of(page) == z).all()
    assert page.evaluate("visualViewport.scale") == 1
    assert not page.evaluate(VISIBLE)


LOOK = """() => {
  const plot = document.querySelector("#map .plot");
  const { data } = document.querySelector("#map .overlay").getContext("2d").getImageData(0, 0, 2000, 1000);
  return [plot.layout.font.color, plot.data[4].marker.line.width, data.reduce((sum, value) => sum + value, 0)];
}"""


def test_a_change_of_theme_reaches_the_points_and_what_is_drawn_over_them(page):
    page.check("#map [name=bubbles]", force=True)
    settle(page)
    light = page.evaluate(LOOK)
    page.evaluate("document.body.classList.add('dark')")
    page.wait_for_function("document.querySelector('#map .plot').data[4].marker.line.width > 0")
    settle(page)
    dark = page.evaluate(LOOK)
    assert all(a != b for a, b in zip(light, dark, strict=True))
    page.evaluate("document.body.classList.remove('dark')")
    page.wait_for_function("document.querySelector('#map .plot').data[4].marker.line.width === 0")


def test_what_lies_on_the_digits_is_drawn_for_their_black_in_either_theme(page):
    page.check("#map [name=bubbles]", force=True)
    settle(page)
    plain = page.evaluate(LOOK)
    page.check("#map [name=digits]", force=True)
    page.wait_for_function(CELLS, timeout=60_000)
    settle(page)
    painted = page.evaluate(LOOK)
    assert painted[0] == plain[0] and painted[1] > plain[1] == 0 and abs(painted[2] / plain[2] - 1) > 0.01
    page.evaluate("document.querySelector('#map .backdrop').dataset.kept = 'yes'; document.body.classList.add('dark')")
    page.wait_for_function(f"({LOOK})()[0] !== '{plain[0]}'")
    settle(page)
    assert page.evaluate(LOOK)[1:] == pytest.approx(
        painted[1:], rel=1e-4
    )  # each drawing is smoothed a little differently
    assert page.evaluate(CELLS)  # none had to be painted a second time
    page.check("#map [name=training]", force=True)  # whose ground is the page's
    page.evaluate("document.body.classList.remove('dark')")
    page.wait_for_function("document.querySelector('#map .plot').data[4].marker.line.width === 0")
    page.uncheck("#map [name=training]", force=True)
    page.wait_for_function("document.querySelector('#map .plot').data[4].marker.line.width > 0")
    page.uncheck("#map [name=digits]", force=True)
    page.wait_for_function("document.querySelector('#map .plot').data[4].marker.line.width === 0")


def test_each_model_offers_the_planes_that_it_has(page):
    def offered():
        return page.eval_on_selector_all("#map .plane option", "options => options.map(({ value }) => value)")

    assert offered() == ["classes", "principal", "dimensions", "tsne"]
    choose_model(page, FLAT)
    assert offered() == ["dimensions", "quantiles", "tsne"]
    assert not page.locator("#map .dims").is_visible()
    choose_model(page, "mnist-ae-2d")
    assert offered() == ["dimensions", "tsne"]  # without a prior there are no quantiles of it


def test_where_there_are_no_bubbles_the_page_says_why(page):
    page.check("#map [name=bubbles]", force=True)
    reason = "document.querySelector('#map [name=bubbles]').parentElement.title"
    assert "standard deviation" in page.evaluate(reason)
    page.select_option("#map .plane", "tsne")
    page.wait_for_selector("#map .plot[data-plane='tsne']")
    assert page.is_disabled("#map [name=bubbles]") and "t-SNE" in page.evaluate(reason)
    assert not page.locator("#map .bubbly").count()  # the points do not step back for nothing
    choose_model(page, PLAIN)
    assert page.is_disabled("#map [name=bubbles]") and "autoencoder" in page.evaluate(reason)
    choose_model(page, FLAT)
    assert page.is_enabled("#map [name=bubbles]") and page.locator("#map .bubbly").count()


def test_two_dimensions_are_never_the_same_and_each_model_keeps_its_plane(page):
    page.select_option("#map .plane", "dimensions")
    first, second = (page.input_value(f"#map .{which}") for which in ("first", "second"))
    page.select_option("#map .first", second)
    assert [page.input_value(f"#map .{which}") for which in ("first", "second")] == [second, first]
    page.wait_for_function(f"document.querySelector('#map .plot').layout.xaxis.title.text.includes('>{second}<')")
    choose_model(page, FLAT)
    page.select_option("#map .plane", "tsne")
    choose_model(page, BIG)
    assert page.input_value("#map .plane") == "dimensions"
    choose_model(page, FLAT)
    assert page.input_value("#map .plane") == "tsne"


# Bubbles


@pytest.mark.parametrize(("name", "kind"), [(BIG, "classes"), (FLAT, "dimensions"), (FLAT, "quantiles")])
def test_the_picked_digit_s_bubble_lies_on_the_map_as_numpy_has_it(page, atlases, name, kind):
    open_plane(page, name, kind)
    atlas, plane = atlases[name], Plane(atlases[name], kind)
    row, point, _ = lonely_point(page, plane.points)
    page.mouse.click(*point)
    page.mouse.move(5, 5)
    page.wait_for_function(f"JSON.parse(document.querySelector('#map .overlay').dataset.drawn).point === {row}")
    page.evaluate("explorer.write(explorer.z)")
    settle(page)  # until the variances have come
    left, top, right, bottom = page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector("#map .overlay"), { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          const box = canvas.getBoundingClientRect(), inside = [];
          for (let i = 3; i < data.length; i += 4) {  // the fill: neither the ring nor its lines are half transparent
            if (data[i] > 40 && data[i] < 180) inside.push([((i - 3) / 4) % width, Math.floor((i - 3) / 4 / width)]);
          }
          const near = inside.filter(([a, b]) => Math.hypot(a + box.left - x, b + box.top - y) < 150);
          const [a, b] = [near.map(([a]) => a), near.map(([, b]) => b)];
          const [low, high] = [Math.min, Math.max].map((most) => [most(...a), most(...b)]);
          return [box.left + low[0], box.top + low[1], box.left + high[0], box.top + high[1]];
        }""",
        list(point),
    )
    std = np.sqrt(np.diag(plane.axes @ np.diag(np.exp(atlas["logvar"][row])) @ plane.axes.T))
    flat = (atlas["mu"][row] - plane.center) @ plane.axes.T
    corners = [flat + 2 * sign * std for sign in (-1, 1)]
    if kind == "quantiles":
        corners = stats.norm.cdf(corners)
    low, high = (screen(page, corner) for corner in corners)
    assert [left, bottom] == pytest.approx(low, abs=4) and [right, top] == pytest.approx(high, abs=4)


def test_many_bubbles_are_drawn_at_once(page):
    ink = """() => {
      const canvas = document.querySelector("#map .overlay"), { width, height } = canvas;
      const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
      return data.filter((value, i) => i % 4 === 3 && value).length;
    }"""
    before = page.evaluate(ink)
    page.check("#map [name=bubbles]", force=True)
    page.wait_for_function("JSON.parse(document.querySelector('#map .overlay').dataset.drawn).bubbles")
    assert page.evaluate(ink) > before + 5000


def test_draws_from_a_digit_s_posterior_are_draws_from_it(page, atlases):
    atlas = atlases[BIG]
    row, point, _ = lonely_point(page, Plane(atlas, "classes").points)
    page.mouse.click(*point)
    page.wait_for_selector("#map .posterior button")
    draws = []
    for _ in range(30):
        before = page.get_attribute("#map .posterior .strip", "data-draws")
        page.click("#map .posterior button")
        page.wait_for_function(
            "before => document.querySelector('#map .posterior .strip').dataset.draws !== before", arg=before
        )
        draws += json.loads(page.get_attribute("#map .posterior .strip", "data-draws"))
    eps = (np.array(draws) - atlas["mu"][row]) / np.exp(atlas["logvar"][row] / 2)
    assert eps.shape == (270, 20)
    page.focus("#map .posterior .strip")
    for key, k in (("ArrowRight", 0), ("ArrowRight", 1), ("End", 8), ("ArrowLeft", 7)):
        page.keyboard.press(key)
        near(page, "#digit canvas", draws[-9 + k])
    assert abs(eps.mean()) < 0.06 and abs(eps.std() - 1) < 0.05
    assert overlay(page)["draws"] == 9
    page.locator("#map .posterior .strip").scroll_into_view_if_needed()
    box = page.locator("#map .posterior .strip").bounding_box()
    page.mouse.click(box["x"] + 2.5 * 28, box["y"] + 14)
    near(page, "#digit canvas", draws[-9 + 2])


# The backdrop


@pytest.mark.parametrize("name", [BIG, FLAT])
def test_the_backdrop_shows_what_its_places_decode_to(page, atlases, models, name):
    if name != BIG:
        choose_model(page, name)
    page.evaluate("explorer.write(explorer.z.map((_, i) => Math.sin(i)))")
    page.check("#map [name=digits]", force=True)
    page.wait_for_function(CELLS, timeout=60_000)
    picture = page.evaluate(
        """() => {
          const canvas = document.querySelector("#map .backdrop"), { width, height } = canvas;
          const box = canvas.getBoundingClientRect();
          const cell = Math.max(28, Math.sqrt((box.width * box.height) / 600));
          return { width, height, cell, left: box.left, top: box.top };
        }"""
    )
    shown = grey_of(page, "#map .backdrop")
    columns, lines = round(picture["width"] / picture["cell"]), round(picture["height"] / picture["cell"])
    plane = Plane(atlases[name], "classes" if name == BIG else "dimensions")
    z = np.array(page.evaluate("Array.from(explorer.z)"))
    for column, line in ((0, 0), (columns // 2, lines // 2), (columns - 2, lines // 3)):
        x, y = (column + 0.5) * picture["width"] / columns, (line + 0.5) * picture["height"] / lines
        expected = decoded(models[name], plane.lift(plane_at(page, picture["left"] + x, picture["top"] + y), z))
        left, right = (round((column + k) * picture["width"] / columns) for k in (0, 1))
        top, bottom = (round((line + k) * picture["height"] / lines) for k in (0, 1))
        cell = shown[top:bottom, left:right] / 255
        assert abs(cell.mean() - expected.mean()) < 0.03
        across = np.clip(((np.arange(right - left) + 0.5) * 28 / (right - left)).astype(int), 0, 27)
        down = np.clip(((np.arange(bottom - top) + 0.5) * 28 / (bottom - top)).astype(int), 0, 27)
        assert np.abs(cell - expected.reshape(28, 28)[np.ix_(down, across)]).mean() < 0.04


# The digit's line and its neighbours


def test_how_plausible_z_is_and_the_nearest_test_pictures_are_right(page, atlases, models):
    inner, outer = stats.chi.ppf([0.05, 0.95], 20)
    gauge = page.locator("#digit .gauge")
    for length in (3.9, 4.9, 60):
        page.evaluate("length => explorer.write(explorer.z.map((_, i) => (i < 4 ? length / 2 : 0)))", length)
        page.wait_for_function(f"document.querySelector('#digit .radius').textContent.includes('‖z‖ {length:.1f}')")
        shorter = (
            f"‖z‖ {length:.1f}: {round(100 * stats.chi.cdf(length, 20))} % of the draws from the prior are shorter"
        )
        page.wait_for_function(
            "told => document.querySelector('#digit .gauge').ariaValueText.startsWith(told)", arg=shorter
        )
        typical = re.search(r"typical of the prior: ([\d.]+) to ([\d.]+)", page.inner_text("#digit .radius")).groups()
        assert np.array(typical, float) == pytest.approx([inner, outer], abs=0.06)
        most = float(gauge.get_attribute("aria-valuemax"))
        assert most > outer
        box = gauge.bounding_box()
        marker = page.evaluate("document.querySelector('#digit .here').getBoundingClientRect().left") - box["x"]
        assert marker / box["width"] == pytest.approx(min(1, length / most), abs=0.01)
        band = page.evaluate(
            "(({ left, right }) => [left, right])(document.querySelector('.typical').getBoundingClientRect())"
        )
        assert (np.array(band) - box["x"]) / box["width"] == pytest.approx(np.array([inner, outer]) / most, abs=0.01)
    page.evaluate("explorer.write(explorer.z.map((_, i) => 0.4 * Math.sin(i)))")
    frames(page, 3)
    z, atlas = z_of(page), atlases[BIG]
    rows = np.argsort(np.linalg.norm(atlas["mu"] - z, axis=1))[:5]
    wait_for_neighbours(page, [int(atlas["labels"][row]) for row in rows])
    settle(page)  # classes may be the same as before, and their pictures still to come
    for k, row in enumerate(rows):
        seen = pixels_of(page, f"#nearest button:nth-child({k + 1}) .made")
        assert np.abs(seen - 255 * decoded(models[BIG], atlas["mu"][row])).max() <= 2
    page.click("#nearest button:nth-child(3)")
    wait_for_z(page, atlas["mu"][rows[2]])


# Through training


@pytest.mark.parametrize("name", [BIG, FLAT])
def test_the_scrubber_shows_every_stored_epoch(page, atlases, name):
    if name != BIG:
        choose_model(page, name)
    atlas = atlases[name]
    page.evaluate("explorer.write(explorer.z.map(() => 0.3))")
    z = z_of(page)
    page.check("#map [name=training]", force=True)
    page.wait_for_selector("#map .epochs output:not(:empty)")
    assert (
        page.inner_text("#map .epochs output")
        == f"epoch {atlas['snapshot_epochs'][-1]:.0f} of {atlas['snapshot_epochs'][-1]:.0f}"
    )
    stored = len(atlas["snapshot_epochs"])
    for index in (0, stored // 2, stored - 2):
        page.eval_on_selector(
            "#map .epochs [type=range]",
            "(slider, index) => { slider.value = index; slider.dispatchEvent(new Event('input')) }",
            index,
        )
        page.wait_for_selector(f"#map .epochs[data-at='{index}']")
        cloud = atlas["snapshot_planes"][index]
        low, high = (screen(page, most(cloud, axis=0)) for most in (np.min, np.max))
        left, top, right, bottom = page.evaluate(INK_BOX)
        assert left > low[0] - 5 and right < high[0] + 5 and top > high[1] - 5 and bottom < low[1] + 5
        if index:  # before the training all codes are nearly the same
            row, place, empty = lonely_point(page, cloud)
            seen = page.evaluate(COLOURS, [place.tolist(), empty.tolist()])
            wanted = [int(PALETTE[int(atlas["labels"][row])][k : k + 2], 16) for k in (1, 3, 5)]
            assert np.abs(np.array(seen[0][:3]) - wanted).max() <= 3 and seen[0][3] > 200
            assert seen[1][3] == 0
        epoch = int(atlas["snapshot_epochs"][index])
        assert page.inner_text("#map .epochs output") == (
            "untrained" if epoch == 0 else f"epoch {epoch} of {atlas['snapshot_epochs'][-1]:.0f}"
        )
        drawn = grey_of(page, "#map .epochs canvas")
        pictures = atlas["snapshot_pictures"][index].reshape(4, 4, 28, 28).transpose(0, 2, 1, 3).reshape(112, 112)
        assert np.abs(drawn - pictures).max() <= 1
    assert not page.locator("#map .marker").is_visible()  # z belongs to the trained model
    page.uncheck("#map [name=training]", force=True)
    page.wait_for_function("!document.querySelector('#map .marker').hidden")
    wait_for_z(page, z)
    x, y, rows = page.evaluate(f"({TRACE})(document.querySelector('#map .plot').data[4])")
    last = Plane(atlas, "classes" if name == BIG else "dimensions").points  # the plane that was shown before
    np.testing.assert_allclose(np.stack([x, y], 1), last[rows], atol=5e-3)


def test_while_training_is_shown_the_plane_stays_and_another_model_ends_it(page):
    page.check("#map [name=training]", force=True)
    page.wait_for_selector("#map .epochs output:not(:empty)")
    assert page.is_disabled("#map .plane") and page.input_value("#map .plane") == "classes"
    choose_model(page, FLAT)
    page.wait_for_function("!document.querySelector('#map .marker').hidden")
    assert not page.is_disabled("#map .plane") and not page.is_checked("#map [name=training]")
    assert not page.locator("#map .epochs").is_visible()


def test_what_was_picked_does_not_outlive_its_model(page, atlases):
    _, point, _ = lonely_point(page, Plane(atlases[BIG], "classes").points)
    page.mouse.click(*point)
    page.click("#map .posterior button")
    page.wait_for_selector("#map .posterior .strip:not([hidden])")
    page.evaluate("explorer.open('mnist-vae-2d')")
    page.wait_for_selector(f"#map .plot[data-model='{FLAT}']")
    assert not page.locator("#map .posterior").is_visible()
    assert overlay(page)["point"] == -1 and overlay(page)["draws"] == 0


def test_playing_walks_through_the_epochs_and_can_be_paused(open_page):
    page = open_page(reduced_motion="reduce")
    page.check("#map [name=training]", force=True)
    page.click("#map .epochs button")
    page.wait_for_function("document.querySelector('#map .epochs output').textContent.startsWith('epoch 1 of')")
    page.click("#map .epochs button")
    settle(page)
    before = page.inner_text("#map .epochs output")
    settle(page, 24)  # longer than it takes to go on
    assert page.inner_text("#map .epochs output") == before


def test_training_plays_on_after_another_tab_was_open(page):
    choose_model(page, "mnist-vae-20d-lecture")  # which has the fewest moments
    page.check("#map [name=training]", force=True)
    page.click("#map .epochs button")
    page.wait_for_function("document.querySelector('#map .epochs output').textContent === 'untrained'")
    page.click("#morph-button")
    settle(page)
    page.click("#explore-button")
    page.wait_for_function(
        "document.querySelector('#map .epochs button').textContent === 'Play'", timeout=60_000
    )  # it has arrived at the last epoch
    page.uncheck("#map [name=training]", force=True)
    choose_model(page, BIG)


def test_training_shows_all_of_it_and_the_present_comes_back_as_it_was(page, atlases):
    before = page.evaluate(RANGES)
    page.check("#map [name=training]", force=True)
    page.wait_for_selector("#map .epochs output:not(:empty)")
    settle(page)
    left, right, bottom, top = page.evaluate(RANGES)
    for plane in atlases[BIG]["snapshot_planes"]:
        inside = ((plane > [left, bottom]) & (plane < [right, top])).all(1)
        assert inside.mean() > 0.8
    page.uncheck("#map [name=training]", force=True)
    page.wait_for_function("!document.querySelector('#map .marker').hidden")
    settle(page)
    np.testing.assert_allclose(page.evaluate(RANGES), before, atol=1e-6)


# Selections


def select_box(page, low, high):
    """Drag a box, from whole pixel to whole pixel; gives the places of the plane that are its corners."""
    (left, bottom), (right, top) = np.round(screen(page, low)), np.round(screen(page, high))
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=5)
    page.mouse.up()
    return plane_at(page, left, bottom), plane_at(page, right, top)


def test_a_selection_has_a_mean_and_two_have_a_direction(page, atlases, models):
    plane = Plane(atlases[BIG], "classes")
    page.check("#map [name=drag][value=select]", force=True)
    means = {}
    for name, center in (
        ("A", plane.points[atlases[BIG]["labels"] == 0].mean(0)),
        ("B", plane.points[atlases[BIG]["labels"] == 1].mean(0)),
    ):
        low, high = select_box(page, center - 0.4, center + 0.4)
        inside = ((plane.points > low) & (plane.points < high)).all(1)
        count = "Math.abs(parseInt(document.querySelector('#map .count').textContent)"
        page.wait_for_function(f"{count} - {inside.sum()}) <= {0.02 * inside.sum()}")  # the box ends at whole pixels
        means[name] = np.array(json.loads(page.get_attribute("#map .mean canvas", "data-z")))
        np.testing.assert_allclose(means[name], plane.mu[inside].mean(0), atol=0.02)
        assert np.abs(pixels_of(page, "#map .mean canvas") - 255 * decoded(models[BIG], means[name])).max() <= 2
        page.click(f"#map .keep-{name}")
    page.select_option("#map .plane", "tsne")
    page.wait_for_selector("#map .plot[data-plane='tsne']")
    settle(page)
    chosen = page.evaluate("document.querySelector('#map .plot').data.map((t) => t.selectedpoints?.length ?? 0)")
    assert sum(chosen) == int(page.inner_text("#map .count").split()[0])  # the same pictures, elsewhere
    page.click("#map .go")
    near(page, "#digit canvas", means["B"])
    for t in (-0.5, -0.75, -1):
        page.eval_on_selector(
            "#map .direction [type=range]",
            "(slider, t) => { slider.value = t; slider.dispatchEvent(new Event('input', { bubbles: true })) }",
            t,
        )
        near(page, "#digit canvas", means["B"] + t * (means["B"] - means["A"]))
        assert page.input_value("#map .direction [type=range]") == str(t)
    near(page, "#digit canvas", means["A"])
    page.click("#undo")
    near(page, "#digit canvas", means["B"])
    assert page.input_value("#map .direction [type=range]") == "0"  # a new walk would start here
    page.click("#map .clear")
    assert not page.locator("#map .selection").is_visible()


def test_a_selection_leaves_no_outline_that_would_be_moved_instead_of_the_map(page, atlases):
    center = Plane(atlases[BIG], "classes").points[atlases[BIG]["labels"] == 0].mean(0)
    page.check("#map [name=drag][value=select]", force=True)
    select_box(page, center - 0.4, center + 0.4)
    page.wait_for_selector("#map .selection:not([hidden])")
    settle(page)
    count = page.inner_text("#map .count")
    page.check("#map [name=drag][value=pan]", force=True)
    before, (x, y) = page.evaluate(RANGES), screen(page, center)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 20, steps=4)
    page.mouse.up()
    settle(page)
    assert page.inner_text("#map .count") == count
    assert abs(page.evaluate(RANGES)[0] - before[0]) > 0.1
    chosen = page.evaluate("document.querySelector('#map .plot').data.map((t) => t.selectedpoints?.length ?? 0)")
    assert sum(chosen) == int(count.split()[0])


def test_a_box_around_nothing_selects_nothing(page, atlases):
    page.check("#map [name=drag][value=select]", force=True)
    box = page.locator("#map .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 24, box["y"] + 24, steps=4)
    page.mouse.up()
    settle(page)
    assert not page.locator("#map .selection").is_visible()
    dimmed = "document.querySelector('#map .plot').data.some(({ selectedpoints }) => selectedpoints)"
    assert not page.evaluate(dimmed)  # or all points would stay faint
    page.uncheck("#map [name=points]", force=True)
    assert page.is_disabled("#map [value=lasso]") and page.is_checked("#map [value=pan]")


# What it costs


def test_neither_hovering_nor_switching_models_leaves_anything_behind(open_page):
    page = open_page()
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")

    def counts():
        client.send("HeapProfiler.collectGarbage")
        metrics = {one["name"]: one["value"] for one in client.send("Performance.getMetrics")["metrics"]}
        return metrics["JSEventListeners"], metrics["Nodes"], metrics["JSHeapUsedSize"]

    def round_trip(hovers, switches):
        for k in range(switches):
            page.evaluate("name => explorer.open(name)", (FLAT, BIG)[k % 2])
            page.wait_for_selector(f"#map .plot[data-model='{(FLAT, BIG)[k % 2]}']")
        box = page.locator("#map .nsewdrag").bounding_box()
        page.evaluate(
            """async ([left, top, width, height, hovers]) => {
              const drag = document.querySelector("#map .nsewdrag");
              for (let k = 0; k < hovers; k++) {
                const clientX = left + width * (0.5 + 0.45 * Math.sin(k));
                const clientY = top + height * (0.5 + 0.45 * Math.cos(1.3 * k));
                const where = { bubbles: true, clientX, clientY, pointerType: "mouse" };
                drag.dispatchEvent(new PointerEvent("pointermove", where));
                await new Promise(requestAnimationFrame);
              }
            }""",
            [box["x"], box["y"], box["width"], box["height"], hovers],
        )
        settle(page)

    round_trip(100, 4)  # both models and all that is fetched once
    before = counts()
    round_trip(300, 10)
    listeners, nodes, heap = counts()
    assert listeners <= before[0] + 10
    assert nodes <= before[1] * 1.1 + 50
    assert heap <= before[2] + 15e6
