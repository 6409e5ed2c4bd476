"""What the morph studio asks of the server, as the page asks it."""

import base64
import io
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from ui.server import Server

from ui.studio import Studio
from vae import checkpoint, latent
from vae.checkpoint import read_all

NAME = "mnist-vae-20d"


@pytest.fixture(scope="module")
def studio(checkpoints):
    return Studio(Server(read_all(checkpoints)[0], NAME))


@pytest.fixture(scope="module")
def model(checkpoints):
    return checkpoint.load(checkpoints / NAME)


def seven(ground="white", ink="black", at=(0, 0), size=(420, 430)):
    image = Image.new("RGB", size, ground)
    lines = [(x + at[0], y + at[1]) for x, y in ((120, 90), (300, 90), (200, 350))]
    ImageDraw.Draw(image).line(lines, fill=ink, width=30, joint="curve")
    return image


def drawing(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return {"drawing": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()}


def saved(tmp_path, image, name="picture.png"):
    image.save(tmp_path / name)
    return str(tmp_path / name)


def test_after_the_warm_up_the_first_picture_waits_for_nothing(checkpoints):
    program = f"""
import sys
from pathlib import Path
from ui.page import EXAMPLES
from ui.server import Server
from ui.studio import Studio
from vae.checkpoint import read_all
studio = Studio(Server(read_all(Path({str(checkpoints)!r}))[0], {NAME!r}))
studio.warm_up(EXAMPLES[0][0])
modules, read = set(sys.modules), studio.server._load.cache_info().misses
answer = studio.uploaded(EXAMPLES[1][0], None, {NAME!r})
assert len(answer["mu"]) == 20 and answer["plain"]
again = studio.server._load.cache_info().misses - read
print(sorted(set(sys.modules) - modules), again, "matplotlib.pyplot" in modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] 0 True"  # Gradio imports pyplot at its first event


def test_the_warm_up_needs_no_model():
    Studio(Server({}, None)).warm_up("nowhere.png")


def test_an_upload_becomes_a_stop(studio, model, checkpoints, tmp_path):
    answer = studio.uploaded(saved(tmp_path, seven()), None, NAME)
    picture = torch.tensor(answer["image"]).reshape(1, -1)
    with torch.no_grad():
        np.testing.assert_allclose(answer["mu"], model.encode(picture)[0][0], atol=1e-3)
        plain = checkpoint.load(checkpoints / "mnist-ae-20d").encode(picture)[0][0]
    assert answer["plain"]["model"] == "mnist-ae-20d"
    np.testing.assert_allclose(answer["plain"]["mu"], plain, atol=1e-2)
    assert answer["remarks"] == [] and answer["model"] == NAME
    left, top, right, bottom = np.array(answer["found"]["box"]) * [420, 430, 420, 430]
    assert (left, top, right, bottom) == pytest.approx((120, 75, 308, 356), abs=8)
    assert answer["found"]["polarity"] == "dark"
    shown = Image.open(io.BytesIO(base64.b64decode(answer["found"]["picture"].split(",")[1])))
    assert max(shown.size) == 336 and shown.width / shown.height == pytest.approx(420 / 430, abs=0.01)


def test_a_drawing_becomes_the_same_stop_whatever_the_model(studio, tmp_path):
    source = drawing(seven("black", "white"))
    answer = studio.asked(None, {"model": NAME, "source": source})
    photo = studio.uploaded(saved(tmp_path, seven("black", "white")), None, NAME)
    np.testing.assert_allclose(answer["image"], photo["image"], atol=1e-3)
    other = studio.asked(None, {"model": "mnist-vae-2d", "source": source})
    assert other["image"] == answer["image"] and len(other["mu"]) == 2 and other["plain"]["model"] == "mnist-ae-2d"


def test_a_code_stays_exactly_what_it_was_and_others_encode_its_picture(studio, model):
    z = [0.1 * k for k in range(20)]
    with torch.no_grad():
        pixels = model.decode(torch.tensor([z])).flatten().tolist()
    source = {"z": z, "pixels": pixels, "model": NAME}
    answer = studio.asked(None, {"model": NAME, "source": source})
    np.testing.assert_array_equal(answer["mu"], np.float32(z))
    np.testing.assert_allclose(np.ravel(answer["image"]), pixels, atol=1e-4)
    assert "found" not in answer  # nothing had to be
    other = studio.asked(None, {"model": "mnist-vae-2d", "source": source})
    assert len(other["mu"]) == 2


def test_a_plain_autoencoder_and_clothes_have_none_beside_them(studio, tmp_path):
    path = saved(tmp_path, seven())
    assert studio.uploaded(path, None, "mnist-ae-20d")["plain"] is None
    assert studio.uploaded(path, None, "fashion-vae-20d")["plain"] is None


def test_two_digits_are_remarked_on_and_a_crop_keeps_to_one(studio, tmp_path):
    both = seven(size=(840, 430))
    both.paste(seven(), (420, 0))
    path = saved(tmp_path, both)
    answer = studio.uploaded(path, None, NAME)
    assert any("several digits" in remark for remark in answer["remarks"])
    asked = {"model": NAME, "edits": {"crop": [0.5, 0, 1, 1]}}
    cropped = studio.asked(path, asked)
    assert cropped["remarks"] == [] and cropped["edits"] == asked["edits"]
    left, _, right, _ = cropped["found"]["box"]
    assert left > 0.5 and right < 1
    alone = studio.uploaded(saved(tmp_path, seven(), "one.png"), None, NAME)
    assert np.abs(np.subtract(cropped["image"], alone["image"])).mean() < 0.02


def test_what_is_no_digit_is_taken_with_a_remark(studio, tmp_path):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 2, (12, 12), np.uint8) * 255)
    noise = noise.resize((360, 360), Image.Resampling.NEAREST)
    field = Image.new("L", (480, 480), 255)
    field.paste(noise, (60, 60))
    answer = studio.uploaded(saved(tmp_path, field), None, NAME)
    assert any("unlike the digits" in remark for remark in answer["remarks"])
    assert len(answer["mu"]) == 20


def test_real_digits_are_not_remarked_on(studio, digits):
    pictures = digits[0].reshape(-1, 28, 28).numpy()
    remarks = 0
    for picture in pictures[::5]:
        enlarged = Image.fromarray((255 * (1 - picture)).astype(np.uint8)).resize((280, 280), Image.Resampling.BICUBIC)
        answer = studio.asked(None, {"model": NAME, "source": drawing(enlarged)})
        remarks += len(answer.get("remarks", []))
    assert remarks <= 1


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"model": "nobody", "source": {"drawing": "x"}}, "no model 'nobody'"),
        ({"model": NAME, "source": {"drawing": "http://elsewhere/picture.png"}}, "PNG's data URL"),
        ({"model": NAME, "source": {"drawing": "data:image/png;base64,%%%"}}, "PNG's data URL"),
        ({"model": NAME, "source": {"drawing": "data:image/png;base64,AAAA"}}, "cannot be read as a picture"),
        ({"model": NAME, "source": {"pixels": [2.0] * 784}}, "784 numbers from 0 to 1"),
        ({"model": NAME, "source": {"pixels": [0.5] * 784, "z": [1.0], "model": NAME}}, "20 finite numbers"),
        ({"model": NAME, "source": "drawing"}, "A source is"),
        ({"model": NAME, "source": {}}, None),
        ("all", None),
    ],
)
def test_bad_stops_are_answered_with_a_sentence(studio, asked, sentence):
    answer = studio.asked(None, asked)
    if sentence is None:
        assert answer is None
    else:
        assert sentence in answer["problem"] and "mu" not in answer


@pytest.mark.parametrize(
    "edits",
    [
        {"polarity": "blue"},
        {"threshold": 7},
        {"threshold": "high"},
        {"crop": [0.5, 0, 0.2, 1]},
        {"crop": [0, 1]},
        "all",
    ],
)
def test_bad_corrections_are_answered_with_a_sentence(studio, tmp_path, edits):
    answer = studio.asked(saved(tmp_path, seven()), {"model": NAME, "edits": edits})
    assert "corrections cannot be used" in answer["problem"]
    assert answer["found"]["picture"].startswith("data:image/jpeg")  # so that they can be taken back


def test_a_blank_sheet_is_shown_and_can_be_corrected(studio, tmp_path):
    path = saved(tmp_path, Image.new("RGB", (300, 300), "white"))
    answer = studio.uploaded(path, None, NAME)
    assert "No digit stands out" in answer["problem"] and answer["found"]["picture"]
    (tmp_path / "bad.png").write_bytes(b"no picture")
    answer = studio.uploaded(str(tmp_path / "bad.png"), None, NAME)
    assert "cannot be read" in answer["problem"] and "found" not in answer


def test_an_upload_that_is_taken_away_leaves_nothing_but_a_drawing(studio):
    assert studio.uploaded(None, None, NAME) == {"after": None}
    kept = studio.uploaded(None, {"source": {"drawing": "..."}}, NAME)
    assert kept == {"__type__": "update"}  # Gradio's way of leaving things alone


def test_an_upload_tells_what_was_asked_last_before_it(studio, tmp_path):
    path = saved(tmp_path, seven())
    first = studio.uploaded(path, None, NAME)
    assert first["after"] is None
    later = studio.uploaded(path, {"id": 3, "model": NAME, "source": None}, NAME)
    assert later["after"] == 3 and studio.uploaded(path, later, NAME)["after"] == 3
    assert studio.asked(path, "nonsense") is studio.asked(path, None) is None


def test_geodesics_come_leg_by_leg_with_progress(studio, model):
    generator = torch.Generator().manual_seed(0)
    a, b, c = torch.randn(3, 20, generator=generator)
    legs = [[one.tolist() for one in leg] for leg in ((a, b), (b, c))]
    answers = list(studio.geodesics({"model": NAME, "key": "k", "legs": legs}))
    assert [answer["progress"] for answer in answers] == sorted(answer["progress"] for answer in answers)
    assert answers[-1]["progress"] == 1 and all(answer["key"] == "k" for answer in answers)
    assert len(answers[0]["legs"]) == 1 and len(answers[-1]["legs"]) == 2
    *_, expected = latent.geodesic(model.decode, a, b)
    np.testing.assert_allclose(answers[-1]["legs"][0], expected, atol=1e-3)


@pytest.mark.parametrize(
    "asked",
    [
        {"model": "nobody", "legs": []},
        {"model": NAME, "legs": []},
        {"model": NAME, "legs": [[[0.0] * 20] * 2] * 7},
        {"model": NAME, "legs": [[[0.0] * 20]]},
        {"model": NAME, "legs": [[[0.0] * 20, [float("nan")] * 20]]},
        {"model": NAME, "legs": "all"},
        {"model": NAME, "legs": [7]},
    ],
)
def test_bad_geodesics_are_answered_with_a_sentence(studio, asked):
    (answer,) = studio.geodesics(asked)
    assert len(answer["problem"]) > 10


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_an_animation_shows_what_was_asked_for(studio, model, kind):
    z = torch.linspace(-2, 2, 9)[:, None] * torch.randn(20, generator=torch.Generator().manual_seed(0))
    answer = studio.animate({"model": NAME, "z": z.tolist(), "format": kind, "side": 112})
    image = Image.open(io.BytesIO(base64.b64decode(answer["data"])))
    assert answer["type"] == f"image/{kind}" and image.format == kind.upper()
    assert image.n_frames == 9 and image.size == (112, 112) and image.info["loop"] == 0
    with torch.no_grad():
        pictures = model.decode(z)[:, 0].numpy()
    for k, picture in enumerate(pictures):
        image.seek(k)
        shown = np.asarray(image.convert("L"))[2::4, 2::4] / 255
        assert np.abs(shown - picture).max() < (
            0.01 if kind == "webp" else 0.05
        )  # a GIF has 256 colours, for all frames


@pytest.mark.parametrize(
    "asked",
    [
        None,
        {"model": NAME, "z": [[0.0] * 20], "format": "exe", "side": 112},
        {"model": NAME, "z": [[0.0] * 20], "format": ["gif"], "side": [112]},
        {"model": NAME, "z": [[0.0] * 20], "format": "gif", "side": 100_000},
        {"model": NAME, "z": [[0.0] * 20] * 401, "format": "gif", "side": 112},
        {"model": NAME, "z": [], "format": "gif", "side": 112},
        {"model": NAME, "z": [[0.0] * 19], "format": "gif", "side": 112},
        {"model": NAME, "z": "all", "format": "gif", "side": 112},
        {"model": 7, "z": [[0.0] * 20], "format": "gif", "side": 112},
    ],
)
def test_bad_animations_are_answered_with_a_sentence(studio, asked):
    assert len(studio.animate(asked)["problem"]) > 10
