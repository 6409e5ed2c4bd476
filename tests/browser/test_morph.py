"""The morph studio as a person uses it: pictures in, ways between them, files and links out."""

import io
import json
import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from tests.browser.helpers import (
    choose_model,
    decoded,
    drag,
    draw_at_random,
    frames,
    grey_of,
    pixels_of,
    settle,
    wait_for_z,
    z_of,
)
from vae import latent

NAME, FLAT, PLAIN = "mnist-vae-20d", "mnist-vae-2d", "mnist-ae-20d"
DIGIT = "#morph-digit canvas"
SEVEN = [(0.28, 0.22), (0.72, 0.22), (0.48, 0.82)]


@pytest.fixture
def pictures(tmp_path):
    """Two drawings, as a person may have them: a seven and a one, dark on light and light on dark."""
    for name, ground, ink, lines in (
        ("seven", "white", (20, 30, 90), [(120, 90), (300, 90), (200, 350)]),
        ("one", (20, 60, 40), "white", [(210, 80), (190, 340)]),
    ):
        image = Image.new("RGB", (420, 430), ground)
        ImageDraw.Draw(image).line(lines, fill=ink, width=30, joint="curve")
        image.save(tmp_path / f"{name}.png")
    return tmp_path / "seven.png", tmp_path / "one.png"


@pytest.fixture
def studio(page):
    page.click("#morph-button")
    page.wait_for_selector("#morph-path .play")
    return page


@pytest.fixture
def pair(studio, pictures):
    """The studio with both pictures."""
    for side, path in zip("ab", pictures, strict=True):
        upload(studio, side, path)
    studio.wait_for_selector(f"{DIGIT}[data-z]")
    return studio


def answered(page, side):
    """Wait until a stop has been looked for, and encoded by the model and by the plain one beside it."""
    page.wait_for_function(
        """(name) => {
          const stop = explorer.stops.all[name], { model, models } = explorer;
          if (!stop || stop.pending) return false;
          return stop.problem || [model, models.plainBeside(model)].every((one) => !one || stop.codes[one.name]);
        }""",
        arg=side.upper(),
    )
    page.wait_for_function(f"!document.querySelector('#morph-{side}.busy')")


def upload(page, side, path):
    page.set_input_files(f"#morph-{side} input[type=file]", str(path))
    page.wait_for_selector(f"#morph-{side}.given")
    answered(page, side)


def stroke(page, side, points, mouse=True):
    """Draw on a pad, points being shares of its side."""
    board = page.locator(f"#morph-{side}-pad")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def stop(page, name):
    return page.evaluate(
        """(name) => {
          const stop = explorer.stops.all[name], mu = stop?.image && explorer.stops.code(name);
          const plain = explorer.models.plainBeside(explorer.model)?.name;
          return mu && {
            mu: Array.from(mu), image: Array.from(stop.image), edits: stop.edits,
            plain: stop.codes[plain] && { model: plain, mu: Array.from(stop.codes[plain]) },
          };
        }""",
        name,
    )


def go_to(page, t):
    page.fill("#morph-t input[type=number]", str(t))
    page.press("#morph-t input[type=number]", "Tab")
    frames(page, 3)


def choose(page, name):
    """Choose a model while the map is not to be seen."""
    page.select_option("#model", name)
    page.wait_for_function("name => explorer.model.name === name", arg=name)


def codes(page):
    return [torch.tensor(stop(page, name)["mu"]) for name in page.evaluate("explorer.stops.names")]


# Pictures come in


def test_two_uploads_are_normalised_encoded_and_morphed(pair, models):
    page = pair
    for side in "ab":
        seen = pixels_of(page, f"#morph-{side} .normalised")
        assert seen.max() > 200 and seen[:28].max() == 0  # ink, and the margin that MNIST has
        made = pixels_of(page, f"#morph-{side} .reconstructed")
        mu = stop(page, side.upper())["mu"]
        assert np.abs(made - 255 * decoded(models[NAME], mu)).max() <= 1.5
    ends = {}
    for t in (0, 1, 0.25):
        go_to(page, t)
        ends[t] = z_of(page, DIGIT)
        wait_for_z(page, ends[t])  # z is the state: the digit follows the morph
        assert np.abs(pixels_of(page, DIGIT) - 255 * decoded(models[NAME], ends[t])).max() <= 1.5
    np.testing.assert_allclose(ends[0.25], 0.75 * ends[0] + 0.25 * ends[1], atol=2e-4)
    np.testing.assert_allclose(ends[0], stop(page, "A")["mu"], atol=1e-4)
    picture = pixels_of(page, "#morph-a .normalised").astype(np.float32) / 255
    with torch.no_grad():
        mu, _ = models[NAME].encode(torch.from_numpy(picture)[None])
    np.testing.assert_allclose(ends[0], mu[0], atol=0.05)  # the canvas holds whole grey values


def test_a_drawing_is_encoded_as_soon_as_the_stroke_ends(studio, models):
    page = studio
    stroke(page, "a", SEVEN)
    page.wait_for_function("explorer.stops.code('A')")
    first = stop(page, "A")
    with torch.no_grad():
        mu, _ = models[NAME].encode(torch.tensor([first["image"]]))
    np.testing.assert_allclose(first["mu"], mu[0], atol=1e-2)
    wait_for_z(page, first["mu"])  # and z has gone there
    stroke(page, "a", [(0.35, 0.55), (0.7, 0.55)])  # its bar, in a second stroke
    page.wait_for_function("(mu) => explorer.stops.code('A')?.[0] !== mu", arg=first["mu"][0])
    assert np.sum(stop(page, "A")["image"]) > np.sum(first["image"])
    answered(page, "a")
    page.click("#morph-a .clear")
    page.wait_for_function("!explorer.stops.code('A')")
    page.wait_for_selector("#morph-a-pad.blank")


def test_quick_strokes_all_count(studio):
    page = studio
    for y in (0.2, 0.35, 0.5, 0.65, 0.8):
        stroke(page, "a", [(0.25, y), (0.75, y)])
    page.wait_for_function("explorer.stops.code('A')")
    settle(page)
    answered(page, "a")
    image = np.reshape(stop(page, "A")["image"], (28, 28))
    bars = np.diff((image[:, 14] > 0.5).astype(int))
    assert (bars == 1).sum() == 5


def test_a_finger_draws_and_the_page_does_not_scroll(open_page):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    page.click("#morph-button")
    page.wait_for_selector("#morph-a-pad")
    board = page.locator("#morph-a-pad")
    board.scroll_into_view_if_needed()
    settle(page)
    box, before = board.bounding_box(), page.evaluate("scrollY")
    client = page.context.new_cdp_session(page)

    def touch(kind, place=None):
        points = [{"x": box["x"] + place[0] * box["width"], "y": box["y"] + place[1] * box["height"]}] if place else []
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", SEVEN[0])
    for a, b in pairwise(SEVEN):
        for share in np.linspace(0.1, 1, 8):
            touch("touchMove", (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
            board.evaluate(
                """(board) => { // a palm lies on the pad, too
                  const { left, bottom } = board.getBoundingClientRect();
                  const palm = { pointerId: 77, isPrimary: false, clientX: left + 20, clientY: bottom - 20 };
                  for (const kind of ["down", "move", "up"])
                    board.dispatchEvent(new PointerEvent(`pointer${kind}`, palm));
                }"""
            )
    touch("touchEnd")
    page.wait_for_function("explorer.stops.code('A')")
    assert page.evaluate("scrollY") == before
    image = np.reshape(stop(page, "A")["image"], (28, 28))
    first = int(image.any(1).argmax())
    assert (image[first + 1] > 0.5).sum() > 10  # the bar of a seven above,
    assert (image[first + 16] > 0.5).sum() < 6  # its leg below


def test_the_digit_and_a_point_of_the_map_become_stops(page, checkpoints, models):
    page.click("#like-data")
    page.wait_for_function("explorer.z.some((value) => value)")
    z = page.evaluate("Array.from(explorer.z)")
    row = page.evaluate(
        """() => {
          const plot = document.querySelector("#map .plot"), { xaxis, yaxis } = plot._fullLayout;
          const { left, top } = plot.getBoundingClientRect();
          const trace = plot.data[3], k = trace.x.indexOf(Math.max(...trace.x));
          const place = [left + xaxis._offset + xaxis.l2p(trace.x[k]), top + yaxis._offset + yaxis.l2p(trace.y[k])];
          return { row: trace.customdata[k], place };
        }"""
    )
    page.mouse.click(*row["place"])
    page.click("#map .posterior .stop-B")
    page.evaluate("z => explorer.write(z)", z)
    page.click("#morph-button")
    page.click("#morph-a .take")
    answered(page, "a")
    answered(page, "b")
    a, b = stop(page, "A"), stop(page, "B")
    np.testing.assert_allclose(a["mu"], z, atol=1e-6)
    mu = page.evaluate("(row) => Array.from(explorer.atlas.mu.slice(20 * row, 20 * row + 20))", row["row"])
    np.testing.assert_allclose(b["mu"], mu, atol=1e-6)
    np.testing.assert_allclose(a["image"], decoded(models[NAME], z), atol=1e-3)
    with torch.no_grad():
        plain, _ = models[PLAIN].encode(torch.tensor([a["image"]]))
    np.testing.assert_allclose(a["plain"]["mu"], plain[0], atol=2e-2)
    page.click("#explore-button")
    page.wait_for_function("JSON.parse(document.querySelector('#map .overlay').dataset.drawn).stops?.length === 2")


def test_an_example_is_one_click_away(studio):
    page = studio
    page.locator(".example").first.click()
    page.wait_for_selector(f"{DIGIT}[data-z]")
    for side in "ab":
        assert pixels_of(page, f"#morph-{side} .normalised").max() > 200


def test_a_cleared_picture_is_gone(studio, pictures):
    page = studio
    upload(page, "a", pictures[0])
    page.click("#morph-a .clear")
    page.wait_for_function("!explorer.stops.code('A')")
    assert not pixels_of(page, "#morph-a .normalised").any()
    assert "not given yet" in page.get_attribute("#morph-a .normalised", "aria-label")
    assert "stops A and B" in page.inner_text("#morph-digit .hint")


def test_a_drawing_takes_the_place_of_an_upload_and_an_upload_of_a_drawing(studio, pictures):
    page = studio
    upload(page, "a", pictures[1])
    uploaded = stop(page, "A")["mu"]
    page.click("#morph-a .clear")
    page.wait_for_function("!explorer.stops.code('A')")
    stroke(page, "a", SEVEN)
    page.wait_for_function("explorer.stops.code('A')")
    settle(page)
    drawn, image = stop(page, "A")["mu"], np.reshape(stop(page, "A")["image"], (28, 28))
    assert np.abs(np.subtract(drawn, uploaded)).max() > 0.3
    corner = page.evaluate(
        "Array.from(document.querySelector('#morph-a-pad').getContext('2d').getImageData(5, 5, 1, 1).data)"
    )
    assert corner[:3] == [0, 0, 0]  # nothing of the photo is left on the pad
    first = int(image.any(1).argmax())
    assert (image[first + 1] > 0.5).sum() > 10 and (image[first + 16] > 0.5).sum() < 6  # a seven, and nothing else
    upload(page, "a", pictures[1])
    page.wait_for_function("(mu) => Math.abs(explorer.stops.code('A')?.[0] - mu) < 1e-4", arg=uploaded[0])


@pytest.mark.asks
@pytest.mark.parametrize("content", [b"not a picture at all", b"\x89PNG\r\n\x1a\nbroken", b""])
def test_a_bad_upload_gets_a_sentence_and_loses_nothing(open_page, pictures, tmp_path, content):
    page = open_page()
    page.click("#morph-button")
    page.wait_for_selector("#morph-path .play")
    upload(page, "a", pictures[0])
    place = z_of(page)
    (tmp_path / "bad.png").write_bytes(content)
    page.set_input_files("#morph-b input[type=file]", str(tmp_path / "bad.png"))
    page.wait_for_selector("#morph-b .note.problem:not(:empty)")
    note = page.inner_text("#morph-b .note")
    assert len(note) > 20 and "Traceback" not in note
    assert pixels_of(page, "#morph-a .normalised").max() > 200
    wait_for_z(page, place)
    page.click("#morph-b .clear")
    page.wait_for_function("!document.querySelector('#morph-b .note').textContent")
    stroke(page, "b", SEVEN)  # the studio is still of use
    page.wait_for_function("explorer.stops.ready")


# What was found, and corrections


def test_a_box_that_is_dragged_on_the_picture_is_where_the_digit_is_looked_for(studio, tmp_path):
    page = studio
    image = Image.new("RGB", (800, 400), "white")
    draw = ImageDraw.Draw(image)
    draw.line([(100, 90), (260, 90), (180, 330)], fill="black", width=28, joint="curve")
    draw.line([(600, 70), (590, 340)], fill="black", width=28)
    image.save(tmp_path / "both.png")
    upload(page, "a", tmp_path / "both.png")
    assert "several digits" in page.inner_text("#morph-a .note")
    before = stop(page, "A")["mu"]
    stroke(page, "a", [(0.55, 0.3), (0.8, 0.5), (0.97, 0.74)])  # the picture fills half of the board's height
    page.wait_for_function("(mu) => explorer.stops.code('A')?.[0] !== mu", arg=before[0])
    left, top, right, bottom = stop(page, "A")["edits"]["crop"]
    assert (left, right) == (pytest.approx(0.55, abs=0.02), pytest.approx(0.97, abs=0.02))
    assert (top, bottom) == (pytest.approx(0.1, abs=0.03), pytest.approx(0.98, abs=0.03))
    assert page.inner_text("#morph-a .note") == ""
    one = np.reshape(stop(page, "A")["image"], (28, 28))
    assert one[:, :10].sum() < 1 and one[4:24, 11:18].sum() > 20
    page.click("#morph-a summary")
    page.click("#morph-a .whole")
    page.wait_for_function("(mu) => Math.abs(explorer.stops.code('A')?.[0] - mu) < 1e-4", arg=before[0])


def test_polarity_and_threshold_are_asked_for_and_a_refusal_can_be_taken_back(studio, pictures):
    page = studio
    upload(page, "a", pictures[0])
    before = stop(page, "A")["mu"]
    page.click("#morph-a summary")
    page.select_option("#morph-a .polarity", "light")  # there is no light ink
    page.wait_for_function("document.querySelector('#morph-a .note').textContent.includes('No digit stands out')")
    assert not page.evaluate("explorer.stops.code('A')")
    page.select_option("#morph-a .polarity", "")
    page.wait_for_function("(mu) => Math.abs(explorer.stops.code('A')?.[0] - mu) < 1e-4", arg=before[0])
    page.eval_on_selector(
        "#morph-a .threshold",
        "(slider) => { slider.value = 0.9; slider.dispatchEvent(new Event('change')) }",
    )
    page.wait_for_function("explorer.stops.all.A?.edits.threshold === 0.9")
    assert np.abs(np.subtract(stop(page, "A")["mu"], before)).max() < 2  # still the seven


# Ways


@pytest.mark.hosts
def test_each_path_is_walked_as_python_has_it(pair, models):
    page = pair
    a, b = codes(page)
    go_to(page, 0.3)
    np.testing.assert_allclose(z_of(page, DIGIT), latent.lerp(a, b, torch.tensor([0.3]))[0], atol=2e-4)
    page.check("#morph-path [value=spherical]", force=True)
    frames(page, 3)
    np.testing.assert_allclose(z_of(page, DIGIT), latent.slerp(a, b, torch.tensor([0.3]))[0], atol=2e-4)
    assert f"‖A‖ {a.norm():.1f}" in page.inner_text("#morph-path .about")
    page.check("#morph-path [value=geodesic]", force=True)
    page.wait_for_function("explorer.stops.curves?.progress === 1", timeout=60_000)
    settle(page)
    curve = torch.tensor(page.evaluate("explorer.stops.curves.legs[0]"))
    np.testing.assert_allclose(z_of(page, DIGIT), latent.between(curve, torch.tensor([0.3 * 24]))[0], atol=2e-4)
    *_, other = latent.geodesic(models[NAME].decode, a, b)  # another search ends elsewhere in the same flat valley
    with torch.no_grad():
        energies = [latent.energy(models[NAME].decode, one).item() for one in (curve, other)]
    assert energies[0] == pytest.approx(energies[1], rel=0.1)
    wait_for_z(page, z_of(page, DIGIT))
    for t, end in ((0, a), (1, b)):
        go_to(page, t)
        np.testing.assert_allclose(z_of(page, DIGIT), end, atol=1e-4)
    page.wait_for_function("document.querySelectorAll('#morph-path .legend span').length === 3")
    told = page.eval_on_selector_all("#morph-path .legend span", "all => all.map((one) => one.textContent)")
    uneven = {line.split()[0]: int(line.split("±")[1].split()[0]) for line in told}
    assert uneven["geodesic"] < min(uneven["straight"], uneven["spherical"])
    with torch.no_grad():
        pictures = models[NAME].decode(latent.lerp(a, b, torch.linspace(0, 1, 25))).reshape(25, 784)
    steps = pictures.diff(dim=0).norm(dim=1)
    assert uneven["straight"] == pytest.approx(100 * (steps.std(correction=0) / steps.mean()).item(), abs=1)


@pytest.mark.asks
def test_a_file_that_is_converted_late_does_not_cover_what_was_drawn_meanwhile(studio, pictures):
    page, held = studio, []
    page.route(re.compile("component_server"), lambda route: held.append(route))
    scan = pictures[1].with_suffix(".tif")
    with Image.open(pictures[1]) as image:
        image.save(scan)
    with page.expect_request(re.compile("component_server")):
        page.set_input_files("#morph-a input[type=file]", str(scan))
    page.click("#morph-a .clear")
    stroke(page, "a", SEVEN)
    page.wait_for_function("explorer.stops.code('A')")
    drawn = stop(page, "A")
    held[0].continue_()
    settle(page)
    assert stop(page, "A")["mu"] == drawn["mu"]
    page.unroute_all()
    page.click("#morph-a .clear")
    page.wait_for_function("!explorer.stops.code('A')")
    upload(page, "a", scan)  # a new one is no late one
    page.click("#morph-a .clear")
    page.wait_for_function("!explorer.stops.code('A')")
    upload(page, "a", pictures[1])
    assert stop(page, "A")


def test_what_is_being_typed_is_not_overwritten(pair, models):
    page = pair
    a, b = codes(page)
    typed = "#morph-t input[type=number]"
    page.fill(typed, "0.3")
    page.evaluate("explorer.setMorph({}, 'stops')")  # as when a stop's answer comes
    frames(page, 3)
    assert page.input_value(typed) == "0.3"
    page.press(typed, "Tab")
    frames(page, 3)
    np.testing.assert_allclose(z_of(page, DIGIT), latent.lerp(a, b, torch.tensor([0.3]))[0], atol=2e-4)
    for nonsense, shown in (("7", "1"), ("", "1"), ("-0.2", "0")):
        page.fill(typed, nonsense)
        page.press(typed, "Enter")
        assert page.input_value(typed) == shown
    page.evaluate("explorer.stops.move(0.6)")
    page.wait_for_function("document.querySelector('#morph-t input[type=number]').value === '0.6'")


def test_the_slider_does_not_ask_the_server(pair):
    page = pair
    settle(page)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    before = z_of(page, DIGIT)
    drag(page, "#morph-t input[type=range]", np.linspace(0.02, 0.9, 30))
    settle(page)
    assert not np.allclose(before, z_of(page, DIGIT))
    assert requests == []


def test_the_strips_show_the_whole_way_and_its_alternatives(pair, models):
    page = pair
    stops = [stop(page, name) for name in "AB"]
    t = np.linspace(0, 1, 12)[:, None]
    line = lambda a, b: (1 - t) * np.array(a) + t * np.array(b)  # noqa: E731
    with torch.no_grad():
        own = models[NAME].decode(torch.tensor(line(*(one["mu"] for one in stops))).float())
        plain = models[PLAIN].decode(torch.tensor(line(*(one["plain"]["mu"] for one in stops))).float())
    fade = line(*(one["image"] for one in stops))
    settle(page)
    for row, expected in (("own", own), ("plain", plain), ("fade", fade)):
        strip = grey_of(page, f"#morph-path .{row} .strip").reshape(28, 12, 28).transpose(1, 0, 2)
        assert np.abs(strip - 255 * np.asarray(expected).reshape(12, 28, 28)).max() <= 2
    box = page.locator("#morph-path .plain .strip").bounding_box()
    page.mouse.click(box["x"] + (3.5 / 12) * box["width"], box["y"] + 5)
    page.wait_for_function(f"Math.abs(explorer.stops.t - {3 / 11}) < 1e-6")
    frames(page, 3)
    seen = pixels_of(page, "#morph-path .plain .frame")
    assert np.abs(seen - 255 * plain[3].reshape(784).numpy()).max() <= 2
    page.focus("#morph-path .own .strip")
    page.keyboard.press("End")
    page.wait_for_function("explorer.stops.t === 1")


def test_strips_and_pace_follow_a_new_stop_while_it_plays(pair, models):
    page = pair
    page.wait_for_function("document.querySelectorAll('#morph-path .legend span').length >= 2")
    before = page.inner_text("#morph-path .legend")
    page.click("#morph-path .play")
    page.evaluate("explorer.stops.take('C', explorer.stops.code('A').map((value) => -value))")
    page.wait_for_function("explorer.stops.names.length === 3")
    with torch.no_grad():
        expected = [models[NAME].decode(z[None]).reshape(28, 28).numpy() for z in codes(page)]
    for place in range(3):  # the stops are four pictures apart
        page.wait_for_function(
            """([selector, picture, left]) => {
              const { data } = document.querySelector(selector).getContext("2d").getImageData(left, 0, 28, 28);
              return picture.every((value, i) => Math.abs(255 * value - data[4 * i]) <= 2);
            }""",
            arg=["#morph-path .own .strip", expected[place].flatten().tolist(), 4 * 28 * place],
            timeout=10_000,
        )
    page.wait_for_function(f"document.querySelector('#morph-path .legend').innerText !== {json.dumps(before)}")
    assert page.inner_text("#morph-path .play") == "Pause"
    for side in "ab":
        page.click(f"#morph-{side} .clear")
    page.wait_for_function("!explorer.stops.ready")
    assert page.inner_text("#morph-path .legend") == "" and page.inner_text("#morph-path .play") == "Play"


def test_the_morph_dims_when_z_leaves_it_and_a_click_in_the_strip_is_one_step(pair):
    page = pair
    page.locator("#morph-path .own .strip").scroll_into_view_if_needed()
    box = page.locator("#morph-path .own .strip").bounding_box()
    places = []
    for part in (0.5, 0.95):
        page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
        frames(page, 3)
        places.append(z_of(page))
    page.click("#undo")
    wait_for_z(page, places[0])
    page.wait_for_selector("#morph-digit.left")
    assert "z has left this path" in page.inner_text("#morph-digit .hint")
    page.click("#redo")
    page.wait_for_function("!document.querySelector('#morph-digit.left')")


def test_play_goes_there_and_back_and_can_be_paused(pair):
    page = pair
    page.click("#morph-path .play")
    seen = page.evaluate(
        """async () => { // until it has been there and is on its way back
          const seen = [];
          while (!(Math.max(...seen) > 0.8 && seen.at(-1) < 0.7)) {
            seen.push(explorer.stops.t);
            await new Promise(requestAnimationFrame);
          }
          return seen;
        }"""
    )
    page.click("#morph-path .play")
    steps = np.diff(seen)
    assert (steps > 0).any() and (steps < 0).any() and max(seen) > 0.8 and min(seen) >= 0
    still = page.evaluate("explorer.stops.t")
    settle(page)
    assert page.evaluate("explorer.stops.t") == still
    page.click("#morph-path .play")
    page.wait_for_function("t => explorer.stops.t !== t", arg=still)
    page.click("#reset")  # whoever takes z elsewhere stops it
    page.wait_for_function("document.querySelector('#morph-path .play').textContent.trim() === 'Play'")
    wait_for_z(page, [0] * 20)
    page.click("#undo")
    page.click("#undo")  # all of a play is one step
    settle(page)
    assert not np.allclose(z_of(page), z_of(page, DIGIT))


def test_where_motion_is_not_wanted_play_steps(open_page, pictures):
    page = open_page(reduced_motion="reduce")
    page.click("#morph-button")
    page.wait_for_selector("#morph-path .play")
    for side, path in zip("ab", pictures, strict=True):
        upload(page, side, path)
    page.wait_for_function("explorer.stops.ready")
    page.click("#morph-path .play")
    seen = page.evaluate(
        """async () => {
          const seen = new Set();
          while (seen.size < 4) {
            seen.add(Number(explorer.stops.t.toFixed(6)));
            await new Promise(requestAnimationFrame);
          }
          return [...seen];
        }"""
    )
    page.click("#morph-path .play")
    assert all(abs(11 * t - round(11 * t)) < 1e-4 for t in seen)


def test_a_tour_of_three_comes_round(pair):
    page = pair
    page.click("#add-stop")
    page.evaluate("explorer.write(explorer.z.map((_, i) => Math.sin(i)))")
    page.click("#morph-c .take")
    answered(page, "c")
    a, b, c = codes(page)
    for t, expected in (
        (1 / 6, latent.lerp(a, b, torch.tensor([0.5]))),
        (0.5, latent.lerp(b, c, torch.tensor([0.5]))),
        (1, a[None]),
    ):
        page.evaluate("t => explorer.stops.move(t)", t)
        frames(page, 3)
        np.testing.assert_allclose(z_of(page, DIGIT), expected[0], atol=2e-4)
    assert page.inner_text("#morph-t .stops").split() == ["A", "B", "C", "A"]
    for side in "def":
        page.click("#add-stop")
        page.click(f"#morph-{side} .take")
    assert page.is_disabled("#add-stop")
    assert page.evaluate("explorer.stops.legs.length") == 6
    page.click("#morph-c .clear")
    page.wait_for_function("explorer.stops.names.join('') === 'ABDEF'")


def test_stops_that_come_quickly_all_get_their_geodesic(pair):
    page = pair
    page.check("#morph-path [value=geodesic]", force=True)
    for k, side in enumerate("cd"):
        page.click("#add-stop")
        page.evaluate("k => explorer.write(explorer.z.map((_, i) => Math.sin(k + i)))", k)
        page.click(f"#morph-{side} .take")
    page.wait_for_function("explorer.stops.curves?.progress === 1", timeout=60_000)
    curves = np.array(page.evaluate("explorer.stops.curves.legs"))
    stops = np.array([code.numpy() for code in codes(page)])
    assert curves.shape == (4, 25, 20)
    np.testing.assert_allclose(curves[:, 0], stops, atol=1e-4)
    np.testing.assert_allclose(curves[:, -1], np.roll(stops, -1, 0), atol=1e-4)


def test_a_morph_goes_on_with_another_model_and_back(pair):
    page = pair
    before = codes(page)
    choose(page, FLAT)
    page.wait_for_function(f"JSON.parse(document.querySelector('{DIGIT}').dataset.z ?? '[]').length === 2")
    page.wait_for_function(
        "document.querySelector('#morph-path .plain p').textContent.startsWith('Plain autoencoder, 2 dimensions')"
    )
    wait_for_z(page, z_of(page, DIGIT))  # who was on the way stays on it
    choose(page, PLAIN)
    page.wait_for_function("explorer.stops.ready")
    settle(page)
    assert not page.locator("#morph-path .plain").is_visible()  # it is one itself
    choose(page, NAME)
    page.wait_for_function("explorer.stops.ready")
    for then, now in zip(before, codes(page), strict=True):
        torch.testing.assert_close(then, now, atol=1e-4, rtol=0)


def test_a_cleared_stop_does_not_come_back_with_a_late_answer(studio):
    page = studio
    stroke(page, "a", SEVEN)
    page.click("#morph-a .clear", no_wait_after=True)
    settle(page)
    assert not page.evaluate("explorer.stops.code('A')") and not page.locator("#morph-a.given").count()


def test_the_pace_is_drawn_when_its_tab_comes_back(pair):
    page = pair
    page.wait_for_function("document.querySelectorAll('#morph-path .legend span').length >= 2")
    page.click("#explore-button")
    page.evaluate("explorer.stops.take('B', explorer.z.map((value) => -value))")
    settle(page)
    page.click("#morph-button")
    settle(page)
    ink = """() => {
      const canvas = document.querySelector("#morph-path .speed"), { width, height, clientWidth } = canvas;
      if (!width || Math.abs(width / devicePixelRatio - clientWidth) > 1) return 0;
      return canvas.getContext("2d").getImageData(0, 0, width, height).data.filter((value) => value).length;
    }"""
    assert page.evaluate(ink) > 500
    page.set_viewport_size({"width": 900, "height": 800})
    settle(page)
    assert page.evaluate(ink) > 500
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# Files and links


def download(page, kind, side=112):
    page.select_option("#export .format", kind)
    page.select_option("#export .size", str(side))
    with page.expect_download() as waiting:
        page.click("#export .get")
    return waiting.value


def test_a_file_is_called_what_it_is_whatever_is_chosen_while_it_is_written(pair):
    page = pair
    page.select_option("#export .format", "gif")
    with page.expect_download() as waiting:
        page.evaluate(
            """() => {
              document.querySelector("#export .get").click();
              document.querySelector("#export .format").value = "webp";
              explorer.stops.choose("spherical");
            }"""
        )
    assert waiting.value.suggested_filename == f"morph-ab-straight-{NAME}.gif"
    with Image.open(waiting.value.path()) as image:
        assert image.format == "GIF"


@pytest.mark.hosts
def test_draw_morph_play_and_a_gif_that_shows_every_frame(studio, models):
    page = studio
    stroke(page, "a", SEVEN)
    page.wait_for_function("explorer.stops.code('A')")
    page.evaluate("explorer.write(explorer.z.map((_, i) => Math.cos(i)))")
    page.click("#morph-b .take")
    page.wait_for_function("explorer.stops.ready")
    before = page.evaluate("explorer.stops.t")
    page.click("#morph-path .play")
    page.wait_for_function("t => explorer.stops.t !== t", arg=before)
    page.click("#morph-path .play")
    file = download(page, "gif")
    assert file.suggested_filename == f"morph-ab-straight-{NAME}.gif"
    gif = Image.open(file.path())
    assert gif.format == "GIF" and gif.size == (112, 112) and gif.info["loop"] == 0
    a, b = codes(page)
    place = torch.cat([torch.linspace(0, 1, 25), torch.linspace(0, 1, 25)[1:-1].flip(0)])
    with torch.no_grad():
        expected = models[NAME].decode(latent.lerp(a, b, place))[:, 0].numpy()
    frames, durations = [], []
    for k in range(gif.n_frames):
        gif.seek(k)
        frames.append(np.asarray(gif.convert("L"))[2::4, 2::4] / 255)
        durations.append(gif.info["duration"])
    assert len(frames) == len(expected)
    assert max(np.abs(frame - picture).max() for frame, picture in zip(frames, expected, strict=True)) < 0.06
    assert durations[0] > durations[1] and durations[24] > durations[1]  # the stops are held
    file = download(page, "strip-png")
    assert file.suggested_filename == f"morph-ab-straight-{NAME}-strip.png"
    strip = Image.open(file.path())
    assert strip.format == "PNG" and strip.size == (12 * 112, 112)
    with torch.no_grad():
        expected = models[NAME].decode(latent.lerp(a, b, torch.linspace(0, 1, 12)))[:, 0].numpy()
    shown = np.asarray(strip.convert("L"))[2::4, 2::4].reshape(28, 12, 28).transpose(1, 0, 2) / 255
    assert np.abs(shown - expected).max() < 0.01
    one = Image.open(download(page, "png", 280).path())
    assert one.size == (280, 280)
    assert np.abs(np.asarray(one.convert("L"))[5::10, 5::10].ravel() - pixels_of(page, DIGIT)).max() <= 1


@pytest.mark.asks
def test_an_animated_webp_comes_from_the_server(pair):
    page = pair
    webp = Image.open(io.BytesIO(download(page, "webp").path().read_bytes()))
    assert webp.format == "WEBP" and webp.is_animated


@pytest.mark.hosts
def test_a_link_brings_everything_back(open_page, pictures):
    page = open_page()
    choose_model(page, FLAT)
    page.click("#morph-button")
    page.wait_for_selector("#morph-path .play")
    for side, path in zip("ab", pictures, strict=True):
        upload(page, side, path)
    page.wait_for_function("explorer.stops.ready")
    page.check("#morph-path [value=spherical]", force=True)
    go_to(page, 0.37)
    z, stops = z_of(page, DIGIT), codes(page)
    images = [pixels_of(page, f"#morph-{side} .normalised") for side in "ab"]
    link = page.evaluate("explorer.link()")
    other = open_page(link[link.index("#") :], ready=False)
    other.wait_for_function("window.explorer?.stops?.ready", timeout=30_000)
    other.wait_for_selector(f"{DIGIT}[data-z]")
    assert other.input_value("#model") == FLAT and other.is_checked("#morph-path [value=spherical]")
    np.testing.assert_allclose(z_of(other, DIGIT), z, atol=2e-4)
    for side in "ab":
        other.wait_for_selector(f"#morph-{side}.given")
        answered(other, side)
    settle(other)
    for side, image in zip("ab", images, strict=True):
        assert np.abs(pixels_of(other, f"#morph-{side} .normalised") - image).max() <= 1
    for then, now in zip(stops, codes(other), strict=True):
        torch.testing.assert_close(then, now, atol=1e-6, rtol=0)
    assert stop(other, "A")["plain"]["model"] == "mnist-ae-2d"
    wait_for_z(other, z)


@pytest.mark.parametrize(
    "link",
    [
        "#morph=nobody&stops=Axyz",
        f"#morph={NAME}&t=0.5&stops=A!!!~Bxxx",
        f"#morph={NAME}",
        f"#morph={NAME}&stops=AAAAA",
    ],
)
def test_a_damaged_link_says_so_and_the_page_works(open_page, link):
    page = open_page(link, ready=False)
    page.wait_for_selector("#figures.problem")
    assert "Some of this link makes no sense" in page.inner_text("#figures")
    draw_at_random(page)


def test_weights_that_do_not_come_take_no_stop_away(open_page):
    page = open_page(expect_errors=True)
    page.click("#morph-button")
    page.click("#morph-a .take")
    page.wait_for_function("Object.keys(explorer.stops.all.A.codes).length === 2")
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.fulfill(status=500)

    page.route(re.compile("mnist-ae-2d/model"), refuse)
    choose(page, FLAT)
    page.wait_for_function("document.querySelector('#morph-a .note').textContent.includes('could not be fetched')")
    settle(page)
    assert 1 <= len(asked) <= 3  # what failed is not asked for again and again
    assert page.evaluate("explorer.stops.names") == ["A"]
    page.unroute_all()
    choose(page, NAME)
    choose(page, FLAT)  # tried again
    page.wait_for_function("explorer.stops.code('A')?.length === 2")


def test_json_of_a_picture_is_no_script(studio, pictures):
    """What comes from a file's name is shown as text, if at all."""
    page = studio
    renamed = pictures[0].with_name("<img src=x onerror=window.hacked=1>.png")
    renamed.write_bytes(pictures[0].read_bytes())
    upload(page, "a", renamed)
    assert json.loads(page.evaluate("JSON.stringify(window.hacked ?? null)")) is None
