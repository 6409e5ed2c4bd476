"""A person's own hand: drawings, photographs and the camera become z in the browser, and nothing of them leaves it."""

import base64
import re

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from bench import upload
from tests.browser.conftest import Watch, wait_until_ready
from tests.browser.helpers import choose_model, decoded, frames, pixels_of, settle, wait_for_z
from tools.browser import ROOT, camera, launch
from vae.images import find, load
from vae.images.layout import extent, layout

NAME, FLAT = "mnist-vae-20d", "mnist-vae-2d"
SEVEN = [(0.28, 0.22), (0.72, 0.22), (0.48, 0.82)]
EXAMPLE = ROOT / "examples" / "3-ballpoint.jpg"
OWN = re.compile(
    r"(model|ink|atlas)(-\w+)?\.safetensors|originals|-[0-9a-f]{16}\.(png|jpg)$|^blob:|^data:"
)  # what the page reads


@pytest.fixture
def requests(page):
    """What the page asks for from now on, but for weights and test images, which it reads once."""
    asked = []

    def note(request):
        if not OWN.search(request.url):
            asked.append(request.url)

    page.on("request", note)
    yield asked
    page.remove_listener("request", note)


def places(page, selector, points=SEVEN):
    board = page.locator(selector)
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def posterior(model, image):
    with torch.no_grad():
        mu, _ = model.encode(torch.tensor(np.reshape(image, (1, 784)), dtype=torch.float32))
    return mu[0].numpy()


def stop(page, name="A"):
    return page.evaluate(
        """(name) => {
          const { image, codes, found, problem } = explorer.stops.all[name] ?? {};
          const mu = codes?.[explorer.model.name];
          return { image: image && Array.from(image), mu: mu && Array.from(mu), found, problem };
        }""",
        name,
    )


def give(page, path, side="a"):
    page.set_input_files(f"#morph-{side} input[type=file]", str(path))
    page.wait_for_function("(name) => explorer.stops.all[name] && !explorer.stops.all[name].pending", arg=side.upper())


# Drawing


def drawn_elsewhere(points, side=336, finer=4):
    """The same strokes as the pad's, drawn by Pillow and laid out by Python: [28, 28]."""
    image = Image.new("L", (side * finer, side * finer))
    draw, radius = ImageDraw.Draw(image), 0.085 * side * finer / 2
    places = [(side * finer * x, side * finer * y) for x, y in points]
    draw.line(places, 255, round(2 * radius))
    for x, y in places:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    ink = np.asarray(image.resize((side, side), Image.Resampling.BOX)) / 255
    return layout(ink[extent(ink)])


@pytest.mark.hosts
@pytest.mark.parametrize(("selector", "tab"), [("#draw .board", "explore"), ("#morph-a-pad", "morph")])
def test_z_follows_the_pen_at_every_step(page, models, requests, selector, tab):
    page.click(f"#{tab}-button")
    page.evaluate("explorer.encoders.open(explorer.model).then(() => true)")
    first, *others = places(page, selector)
    page.mouse.move(*first)
    page.mouse.down()
    seen = []
    for place in others:
        page.mouse.move(*place, steps=6)
        page.evaluate("new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame)).then(() => 1)")
        seen.append(page.evaluate("Array.from(explorer.z)"))
    assert np.abs(np.subtract(*seen)).max() > 0.3  # the pen is down still
    page.mouse.up()
    settle(page)
    z = page.evaluate("Array.from(explorer.z)")
    mu = posterior(models[NAME], drawn_elsewhere(SEVEN))
    assert np.linalg.norm(np.subtract(z, mu)) < 0.15 * np.linalg.norm(mu)
    if tab == "morph":
        np.testing.assert_allclose(z, posterior(models[NAME], stop(page)["image"]), atol=1e-3)
    assert np.abs(pixels_of(page) - 255 * decoded(models[NAME], z)).max() <= 1.5
    assert requests == []
    page.keyboard.press("Control+z")
    page.wait_for_function("explorer.z.every((value) => value === 0)")  # a stroke is one step


@pytest.mark.parametrize("kind", ["touch", "pen"])
def test_a_finger_and_a_pen_draw_too(page, kind):
    page.evaluate("explorer.encoders.open(explorer.model).then(() => true)")
    page.evaluate(
        """async ({ kind, points }) => {
          const board = document.querySelector("#draw .board"), { left, top, width } = board.getBoundingClientRect();
          board.setPointerCapture = () => {};
          const send = (type, [x, y]) => board.dispatchEvent(new PointerEvent(type, {
            pointerId: 5, pointerType: kind, isPrimary: true, button: 0, buttons: 1, bubbles: true,
            clientX: left + x * width, clientY: top + y * width }));
          send("pointerdown", points[0]);
          for (const point of points.slice(1)) send("pointermove", point);
          await new Promise(requestAnimationFrame);
          window.between = Array.from(explorer.z);
          send("pointerup", points.at(-1));
          delete board.setPointerCapture;
        }""",
        {"kind": kind, "points": SEVEN},
    )
    page.wait_for_function("explorer.z.some((value) => value)")
    assert np.abs(page.evaluate("window.between")).max() > 0.1  # before it was lifted


def test_what_is_on_the_small_pad_is_what_z_was_drawn_from(page):
    first, *others = places(page, "#draw .board")
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    page.wait_for_function("explorer.z.some((value) => value)")
    assert page.is_enabled("#draw .clear") and not page.locator("#draw .board.blank").count()
    page.click("#random")
    page.wait_for_selector("#draw .board.blank")
    assert page.is_disabled("#draw .clear")


def test_on_a_phone_the_pad_opens_at_the_foot_of_the_window_below_digit_and_map(open_page, models):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    assert not page.is_visible("#draw .board")
    page.tap("#draw .open")
    assert page.get_attribute("#draw .open", "aria-expanded") == "true"
    page.evaluate("explorer.encoders.open(explorer.model).then(() => true)")
    board = page.locator("#draw .board").bounding_box()
    assert board["width"] >= 200 and board["y"] + board["height"] < 844
    digit = page.locator("#digit canvas").bounding_box()
    assert digit["y"] + digit["height"] < board["y"]
    fingers = page.context.new_cdp_session(page)
    page.evaluate("explorer.reset()")
    first, *others = places(page, "#draw .board")
    for kind, place in (("touchStart", first), *(("touchMove", place) for place in others), ("touchEnd", None)):
        points = [{"x": place[0], "y": place[1]}] if place else []
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        frames(page, 1)
    settle(page)
    mu = posterior(models[NAME], drawn_elsewhere(SEVEN))
    assert np.linalg.norm(np.subtract(page.evaluate("Array.from(explorer.z)"), mu)) < 0.15 * np.linalg.norm(mu)
    assert page.evaluate("scrollY") == 0
    page.click("#morph-button")
    assert page.is_visible("#draw .board")  # on every tab
    page.tap("#draw .close")
    assert not page.is_visible("#draw .board")
    assert page.evaluate("document.activeElement.matches('#draw .open')")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert not page.is_visible("#draw .board")


# Photographs


@pytest.mark.hosts
def test_a_photograph_is_found_laid_out_and_encoded_without_any_request(page, models, requests):
    page.click("#morph-button")
    give(page, EXAMPLE)
    ours, theirs = stop(page), find(load(EXAMPLE))
    assert np.abs(np.ravel(theirs.image) - ours["image"]).mean() < 2 / 255  # another JPEG decoder
    np.testing.assert_allclose(ours["found"]["box"], theirs.box, atol=0.02)
    assert ours["found"]["polarity"] == theirs.polarity and not ours["found"]["several"]
    np.testing.assert_allclose(ours["mu"], posterior(models[NAME], ours["image"]), atol=1e-3)
    wait_for_z(page, ours["mu"])
    assert requests == []


def test_a_photograph_is_turned_as_its_camera_says(page):
    page.click("#morph-button")
    give(page, ROOT / "examples" / "4-sideways.jpg")
    assert np.abs(np.ravel(find(load(ROOT / "examples" / "4-sideways.jpg")).image) - stop(page)["image"]).mean() < 0.02


def test_a_transparent_drawing_is_seen_as_python_sees_it(page):
    page.click("#morph-button")
    path = ROOT / "examples" / "7-transparent.png"
    give(page, path)
    ours, theirs = stop(page), find(load(path))
    assert np.abs(np.ravel(theirs.image) - ours["image"]).mean() < 2 / 255
    assert ours["found"]["polarity"] == theirs.polarity == "light"


def test_an_image_is_pasted(page):
    page.click("#morph-button")
    page.hover("#morph-a")
    page.evaluate(
        """async (data) => {
          const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], "clipboard.jpg", { type: "image/jpeg" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        base64.b64encode(EXAMPLE.read_bytes()).decode(),
    )
    page.wait_for_function("explorer.stops.code('A')")
    assert np.abs(np.ravel(find(load(EXAMPLE)).image) - stop(page)["image"]).mean() < 2 / 255


@pytest.mark.asks
@pytest.mark.parametrize(("name", "kind"), [("scan.tif", "TIFF"), ("photo.heic", "HEIF")])
def test_what_a_browser_cannot_read_is_converted_by_the_server(page, tmp_path, name, kind):
    if kind == "HEIF":
        pytest.importorskip("pillow_heif")
    load(EXAMPLE).save(tmp_path / name, kind)
    page.click("#morph-button")
    give(page, tmp_path / name)
    assert np.abs(np.ravel(find(load(EXAMPLE)).image) - stop(page)["image"]).mean() < 0.02


@pytest.mark.asks
def test_without_a_server_it_gets_a_sentence_and_nothing_is_lost(open_page, tmp_path):
    page = open_page(expect_errors=True)
    page.click("#morph-button")
    give(page, EXAMPLE)
    before = stop(page)
    page.route(re.compile("upload|component_server"), lambda route: route.abort())
    load(EXAMPLE).save(tmp_path / "scan.tif")
    give(page, tmp_path / "scan.tif", "b")
    assert "could not be fetched" in page.inner_text("#morph-b .note")
    assert stop(page)["mu"] == before["mu"]
    give(page, EXAMPLE, "b")  # a photograph needs none
    assert stop(page, "B")["mu"]


def test_a_picture_without_a_digit_and_one_with_several_are_told_of(page, tmp_path):
    page.click("#morph-button")
    Image.new("RGB", (400, 300), (200, 190, 170)).save(tmp_path / "nothing.png")
    give(page, tmp_path / "nothing.png")
    assert "No digit stands out" in page.inner_text("#morph-a .note.problem")
    digit = load(EXAMPLE)
    many = Image.new("RGB", (3 * digit.width, digit.height))
    for k in range(3):
        many.paste(digit, (k * digit.width, 0))
    many.save(tmp_path / "many.jpg")
    give(page, tmp_path / "many.jpg", "b")
    assert "several digits" in page.inner_text("#morph-b .note")


def test_the_tile_at_390_pixels(open_page):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    page.click("#morph-button")
    give(page, EXAMPLE)
    page.wait_for_function("explorer.stops.code('A')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("#morph-a").bounding_box()
    for part in (".board", ".normalised", ".reconstructed", ".controls"):
        own = page.locator(f"#morph-a {part}").bounding_box()
        assert box["x"] <= own["x"] and own["x"] + own["width"] <= box["x"] + box["width"]


# The camera


@pytest.fixture
def film(tmp_path):
    """What a camera sees: a table, and a sheet with a three that moves a little."""
    path = tmp_path / "film.mjpeg"
    upload.film(path)
    return path


@pytest.mark.hosts
def test_the_camera_is_followed_held_and_left(playwright, address, models, film):
    watch, asked = Watch(address), []
    with launch(playwright, camera(film)) as own:
        page = own.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera"]).new_page()
        watch.over(page)
        page.goto(address)
        wait_until_ready(page)
        begun = page.evaluate("Array.from(explorer.z)")
        page.click("#morph-button")
        page.click("#follow-camera")
        page.wait_for_function("Number(document.querySelector('#follow').dataset.found) >= 3", timeout=60_000)
        page.on("request", lambda request: None if OWN.search(request.url) else asked.append(request.url))
        page.wait_for_function("Number(document.querySelector('#follow').dataset.found) >= 8", timeout=60_000)
        expected = posterior(models[NAME], find(load(EXAMPLE)).image)
        page.wait_for_function(  # small and moving, but this three
            "(own) => Math.hypot(...explorer.z.map((value, i) => value - own[i])) < 0.5 * Math.hypot(...own)",
            arg=expected.tolist(),
        )
        page.click("#follow .hold")
        settle(page)
        held = page.evaluate("Array.from(explorer.z)")
        page.wait_for_function("document.querySelector('#follow video').currentTime > 0")
        settle(page)
        assert page.evaluate("Array.from(explorer.z)") == held
        page.click("#follow .hold")
        page.wait_for_function("(z) => explorer.z.some((value, i) => value !== z[i])", arg=held)
        page.click("#explore-button")
        page.wait_for_function("document.querySelector('#follow video').srcObject === null")
        page.click("#morph-button")
        assert page.get_attribute("#follow-camera", "aria-pressed") == "false"
        assert page.inner_text("#follow-camera") == "Follow the camera"
        page.click("#undo")  # all that was followed is one step
        page.wait_for_function("(z) => explorer.z.every((value, i) => value === z[i])", arg=begun)
    assert asked == [] and watch.clean() == (True, [])


def test_without_a_camera_a_sentence_says_so(open_page):
    page = open_page()
    page.click("#morph-button")
    page.click("#follow-camera")
    page.wait_for_function("document.querySelector('#follow .note').textContent.includes('cannot be used')")
    assert page.get_attribute("#follow-camera", "aria-pressed") == "false"


# The test images themselves


@pytest.mark.hosts
def test_the_nearest_test_images_are_shown_themselves_above_their_reconstructions(page, models):
    page.evaluate("explorer.write(explorer.atlas.mu.slice(20 * 3, 20 * 4))")
    page.wait_for_function("document.querySelector('#nearest button').dataset.row === '3'")
    page.evaluate("explorer.models.originals.open('mnist')")
    settle(page)
    row = int(page.get_attribute("#nearest button", "data-row"))
    original = pixels_of(page, "#nearest .original")
    image = page.evaluate("Array.from(explorer.models.originals.image('mnist', 3))")
    np.testing.assert_allclose(original, 255 * np.array(image), atol=1e-4)
    with Image.open(ROOT / "ui" / "originals" / "mnist.png") as sheet:
        np.testing.assert_array_equal(original, np.ravel(sheet.crop((28 * row, 0, 28 * row + 28, 28))))
    mu = page.evaluate("Array.from(explorer.z)")
    assert np.abs(pixels_of(page, "#nearest .made") - 255 * decoded(models[NAME], mu)).max() <= 1.5


def test_a_point_shows_its_original_and_its_true_cost(page, models):
    page.evaluate("explorer.setMap({ point: 10 })")
    page.wait_for_function("!document.querySelector('#map .posterior .pair').hidden")
    original = pixels_of(page, "#map .posterior .original")
    with Image.open(ROOT / "ui" / "originals" / "mnist.png") as sheet:
        np.testing.assert_array_equal(original, np.ravel(sheet.crop((280, 0, 308, 28))))
    x = torch.tensor(original, dtype=torch.float32)[None] / 255
    model = models[NAME]
    torch.manual_seed(0)
    with torch.no_grad():
        costs = [float(sum(term.sum() for term in model(x, torch.randn(1, 20)))) for _ in range(400)]
    text = page.inner_text("#map .posterior .cost")
    total, reconstruction, kl = (float(number) for number in re.findall(r"\d+\.\d", text))
    assert total == pytest.approx(reconstruction + kl, abs=0.11)
    assert total == pytest.approx(np.mean(costs), abs=float(np.std(costs)) + 0.1)  # a mean over 16 draws


def test_originals_are_a_layer_of_the_map_and_part_of_its_link(page):
    page.check("#map [name=originals]", force=True)
    page.wait_for_function("Number(document.querySelector('#map .originals').dataset.drawn) > 50")
    assert "originals" in page.evaluate("explorer.link()")
    page.uncheck("#map [name=originals]", force=True)
    page.wait_for_function("document.querySelector('#map .originals').hidden")


def test_clothes_have_their_own_test_images(page):
    choose_model(page, "fashion-vae-20d")
    page.evaluate("explorer.write(explorer.atlas.mu.slice(0, 20))")
    page.wait_for_function("document.querySelector('#nearest button').dataset.row === '0'")
    page.evaluate("explorer.models.originals.open('fashion')")
    settle(page)
    with Image.open(ROOT / "ui" / "originals" / "fashion.png") as sheet:
        np.testing.assert_array_equal(pixels_of(page, "#nearest .original"), np.ravel(sheet.crop((0, 0, 28, 28))))
