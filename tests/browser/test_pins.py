"""What a person keeps: pins, in the browser, as files and in links; the digit as an image; the page on a projector."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.browser.helpers import MOVED, choose_model, decoded, draw_at_random, pixels_of, settle, wait_for_z, z_of
from ui.page import EXAMPLES_FOLDER

NAME, FLAT = "mnist-vae-20d", "mnist-vae-2d"
NAMES = "explorer.state.pins.map(({ name }) => name)"


@pytest.fixture
def page(page):
    yield page
    page.evaluate("explorer.setPins([])")


def pin(page, name):
    page.click("#pins .pin")
    page.fill("#pins [type=text]", name)
    page.keyboard.press("Enter")
    return z_of(page)


def test_a_pin_shows_its_digit_and_leads_back_to_it_from_another_model(page, models):
    first = pin(page, "one")
    assert page.get_attribute("#pins .gallery button", "aria-current") == "true"
    assert np.abs(pixels_of(page, "#pins canvas") / 255 - decoded(models[NAME], first)).max() < 0.01
    assert np.abs(z_of(page, "#pins canvas") - first).max() < 1e-3
    choose_model(page, FLAT)
    assert not page.is_visible("#pins .current")
    second = pin(page, "two")
    page.click("#pins .gallery button >> nth=0")
    page.wait_for_function("(name) => explorer.model.name === name", arg=NAME)
    wait_for_z(page, first)
    page.click("#pins .gallery button >> nth=1")
    page.wait_for_function("(name) => explorer.model.name === name", arg=FLAT)
    wait_for_z(page, second)


def test_the_same_place_is_kept_once(page):
    pin(page, "one")
    page.click("#pins .pin")
    assert page.evaluate(NAMES) == ["one"]
    assert "one" in page.inner_text("#pins .note")


def test_a_pin_is_renamed_and_removed_and_undo_brings_it_back(page):
    pin(page, "one")
    page.fill("#pins [type=text]", "another")
    page.keyboard.press("Enter")
    assert page.inner_text("#pins .gallery span") == "another"
    page.click("#pins .remove")
    assert page.evaluate(NAMES) == []
    page.click("#undo")
    assert page.evaluate(NAMES) == ["another"]
    page.click("#undo")
    assert page.evaluate(NAMES) == ["one"]
    page.click("#redo")
    assert page.evaluate(NAMES) == ["another"]


@pytest.mark.hosts
def test_pins_are_there_after_a_reload_and_in_another_tab(open_page):
    page = open_page()
    z = pin(page, "一 & <b>two</b>")
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("#pins .gallery button")
    assert other.inner_text("#pins .gallery span") == "一 & <b>two</b>"
    draw_at_random(other)
    other.click("#pins .pin")
    page.wait_for_function("explorer.state.pins.length === 2")
    page.reload()
    page.wait_for_selector("#pins .gallery button")
    assert page.locator("#pins .gallery button").count() == 2
    draw_at_random(page)
    page.click("#pins .gallery button >> nth=0")
    wait_for_z(page, z)


def test_a_link_brings_pins_along_and_takes_none_away(open_page):
    page = open_page()
    z = pin(page, "one")
    link = page.evaluate("explorer.link()")
    other = open_page()
    draw_at_random(other)
    pin(other, "own")
    other.evaluate("(hash) => { location.hash = hash }", link[link.index("#") :])
    other.wait_for_function("explorer.state.pins.length === 2")
    assert other.evaluate(NAMES) == ["own", "one"]
    other.wait_for_function("explorer.state.pins.every(({ x }) => x)")  # the one that came with the link is drawn
    draw_at_random(other)
    other.click("#pins .gallery button >> nth=1")
    wait_for_z(other, z)


@pytest.mark.hosts
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_pins_are_saved_as_a_file_and_brought_back(open_page, tmp_path, kind):
    page = open_page()
    first = pin(page, 'one, "two"')
    choose_model(page, FLAT)
    second = pin(page, "=three")
    page.click("#pins summary")
    with page.expect_download() as download:
        page.click(f"#pins .{kind}")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    if kind == "json":
        pins = json.loads(path.read_text("utf-8"))["pins"]
        assert [one["model"] for one in pins] == [NAME, FLAT]
        np.testing.assert_allclose(pins[0]["z"], first, atol=1e-4)
        np.testing.assert_allclose(pins[1]["z"], second, atol=1e-4)
    page.evaluate("explorer.setPins([])")
    page.set_input_files("#pins [type=file]", path)
    page.wait_for_function("explorer.state.pins.length === 2")
    assert page.evaluate(NAMES) == ['one, "two"', "=three"]
    choose_model(page, NAME)
    page.click("#pins .gallery button >> nth=0")
    wait_for_z(page, first)
    page.set_input_files("#pins [type=file]", path)
    page.wait_for_function(
        "document.querySelector('#pins .note').textContent.startsWith('0 ')"
    )  # they are there already


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b'{"kind": "latent-explorer pins", "pins": [{"model": "mnist-vae-20d", "z": [1e999]}]}',
        b'{"kind": "latent-explorer pins", "pins": {"length": 3}}',
        b"model,name,z0\r\nmnist-vae-2d,x,Infinity\r\n",
        b"[" * 100_000,
        b" " * 1_500_000,
    ],
    ids=["empty", "png", "infinite", "not-a-list", "csv-infinite", "deep", "large"],
)
def test_a_file_without_pins_is_refused_in_a_sentence_and_changes_nothing(page, tmp_path, content):
    pin(page, "one")
    path = tmp_path / "pins <img src=x>.json"
    path.write_bytes(content)
    page.set_input_files("#pins [type=file]", path)
    page.wait_for_function("document.querySelector('#pins .note').textContent.includes('holds no pins')")
    assert page.evaluate(NAMES) == ["one"]
    assert page.locator("#pins .note img").count() == 0


def test_a_pin_of_a_model_that_is_not_here_is_shown_but_cannot_be_opened(page):
    page.evaluate("explorer.setPins([{ model: 'elsewhere', name: 'far', z: new Float32Array(3) }])")
    assert "elsewhere" in page.get_attribute("#pins .gallery button", "title")
    before = z_of(page)
    page.click("#pins .gallery button")
    assert "elsewhere" in page.inner_text("#pins .note") and (z_of(page) == before).all()
    page.click("#pins .remove")
    assert page.evaluate(NAMES) == []


def test_a_pin_of_another_size_than_its_model_s_cannot_be_opened_but_removed(page):
    page.evaluate("explorer.setPins([{ model: 'mnist-vae-20d', name: 'short', z: new Float32Array([1, 2, 3]) }])")
    page.click("#pins .gallery button")
    assert "another size" in page.inner_text("#pins .note")
    page.focus("#pins .gallery button")
    page.keyboard.press("Delete")
    assert page.evaluate(NAMES) == []
    assert page.evaluate("document.activeElement.className") == "pin"


def test_a_click_on_another_pin_ends_a_name_and_goes_there(page):
    first = pin(page, "one")
    draw_at_random(page)
    pin(page, "two")
    page.fill("#pins [type=text]", "renamed")
    page.click("#pins .gallery button >> nth=0")  # without Enter before
    wait_for_z(page, first)
    assert page.evaluate(NAMES) == ["one", "renamed"]


def test_undo_in_one_tab_leaves_the_other_s_pins(open_page):
    page = open_page()
    pin(page, "one")
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("#pins .gallery button")
    draw_at_random(other)
    pin(other, "two")
    page.wait_for_function("explorer.state.pins.length === 2")
    page.click("#undo")  # the name
    page.click("#undo")  # the pin
    page.wait_for_function("explorer.state.pins.length === 1")
    assert page.evaluate(NAMES) == ["two"]
    other.wait_for_function("explorer.state.pins.length === 1")


def test_any_name_survives_a_link(open_page):
    page = open_page()
    names = ["a ~ b: 50 %", "二 & #1+1", "last"]
    for name in names:
        pin(page, name)
        draw_at_random(page)
    link = page.evaluate("explorer.link()")
    other = open_page(link[link.index("#") :])
    assert other.evaluate(NAMES) == names and other.locator("#figures.problem").count() == 0


def test_a_link_s_pins_are_kept_only_where_somebody_says_so(open_page):
    page = open_page()
    z = pin(page, "one")
    link = page.evaluate("explorer.link()")
    other = open_page(link[link.index("#") :])
    assert other.evaluate(NAMES) == ["one"]
    address = other.url.split("#")[0]
    again = other.context.new_page()
    again.goto(address)
    again.wait_for_selector("#map .plot[data-points='10000']")
    assert again.evaluate(NAMES) == []
    other.click("#pins .gallery button")
    wait_for_z(other, z)
    other.click("#pins .pin")
    again.wait_for_function("explorer.state.pins.length === 1")


def test_a_link_with_some_damaged_pins_brings_the_others(open_page):
    page = open_page("#pins=mnist-vae-2d:AAAA:short~nope:!!!:x~elsewhere:AACAPw:one")
    assert page.evaluate(NAMES) == ["one"]
    assert "makes no sense" in page.inner_text("#figures")


def test_where_storage_is_forbidden_the_page_says_so_and_pins_work(open_page):
    forbid = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
    )
    page = open_page(script=forbid)
    page.keyboard.press("Escape")  # the hint of a first visit, as it seems
    pin(page, "one")
    assert "does not keep the pins" in page.inner_text("#pins .note")
    draw_at_random(page)
    page.click("#pins .gallery button")
    assert page.get_attribute("#pins .gallery button", "aria-current") == "true"


@pytest.mark.hosts
@pytest.mark.parametrize(("side", "size"), [("280", 280), ("1000", 1000), ("7", 28), ("99999", 4096)])
def test_the_digit_is_saved_as_a_png_of_any_size(page, tmp_path, side, size):
    image = pixels_of(page).reshape(28, 28)
    page.click("#image .open")
    page.fill("#image-side", side)
    with page.expect_download() as download:
        page.click("#image .save")
    download.value.save_as(tmp_path / "digit.png")
    page.keyboard.press("Escape")
    saved = np.array(Image.open(tmp_path / "digit.png").convert("L"))
    assert saved.shape == (size, size)
    centres = np.floor((np.arange(28) + 0.5) * size / 28).astype(int)
    assert np.abs(saved[np.ix_(centres, centres)].astype(int) - image).max() <= 1


def test_the_digit_is_copied_or_a_sentence_says_why_not(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.click("#image .open")
    page.click("#image .copy")
    page.wait_for_function("document.querySelector('#image .note').textContent === 'Copied.'")
    width = page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          return (await createImageBitmap(await item.getType("image/png"))).width;
        }"""
    )
    assert width == 560
    refuse = "() => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    page.evaluate(f"() => {{ navigator.clipboard.write = {refuse} }}")
    page.click("#image .copy")
    page.wait_for_function("document.querySelector('#image .note').textContent.includes('Save it instead')")


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
def test_on_a_projector_type_and_digits_are_larger(open_page, size):
    page = open_page(width=size[0], height=size[1])
    sizes = """() => [
      parseFloat(getComputedStyle(document.querySelector("#lead")).fontSize),
      document.querySelector("#digit canvas").offsetWidth,
      document.querySelector("#map .preview canvas").offsetWidth,
    ]"""
    before = page.evaluate(sizes)
    page.click("#screen")
    page.wait_for_selector(".latent-explorer.projector")
    settle(page)
    after = page.evaluate(sizes)
    assert all(now >= 1.2 * then for then, now in zip(before, after, strict=True))
    note = page.locator("#map .note").bounding_box()
    assert note["y"] + note["height"] <= size[1]  # all of the map is on the projector
    frame = page.locator("#map .frame").bounding_box()
    for across in (0.15, 0.4, 0.6, 0.9):
        page.mouse.move(frame["x"] + across * frame["width"], frame["y"] + frame["height"] / 2)
        preview = page.locator("#map .preview").bounding_box()
        assert preview["x"] >= frame["x"] - 1
        assert preview["x"] + preview["width"] <= frame["x"] + frame["width"] + 1
    box = page.locator("#map .plot").bounding_box()
    before = z_of(page)
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    page.wait_for_function(MOVED, arg=before.tolist())
    page.set_input_files("#morph-a input[type=file]", EXAMPLES_FOLDER / "5-marker.jpg")
    page.click("#screen")
    page.wait_for_selector(".latent-explorer:not(.projector)")
