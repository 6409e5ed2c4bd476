"""What the morph studio asks of the server, as the page asks it."""

import base64
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from gradio.utils import get_upload_folder
from PIL import Image, ImageDraw

from ui.api import Api
from ui.studio import Studio, answered
from vae import checkpoint
from vae.checkpoint import read_all

NAME, PLAIN, FLAT = "mnist-vae-20d", "mnist-ae-20d", "mnist-vae-2d"


@pytest.fixture(scope="module")
def studio(checkpoints):
    return Studio(Api(read_all(checkpoints)[0], NAME))


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


@pytest.fixture
def uploads(tmp_path_factory, monkeypatch):
    """Gradio's folder of uploaded files."""
    folder = tmp_path_factory.mktemp("uploads")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    assert Path(get_upload_folder()) == folder
    return folder


def uploaded(folder, image, name="image.png"):
    image.save(folder / name)
    return {"path": str(folder / name)}


def ask(studio, source, models=(NAME,), **edits):
    return answered(studio.stop, {"models": list(models), "source": source, "edits": edits})


def test_after_the_warm_up_the_first_image_waits_for_nothing(checkpoints):
    program = f"""
import sys
from pathlib import Path
from ui.api import Api
from ui.page import EXAMPLES_FOLDER, PAIRS
from ui.studio import Studio
from vae.checkpoint import read_all
studio = Studio(Api(read_all(Path({str(checkpoints)!r}))[0], {NAME!r}))
studio.warm_up(str(EXAMPLES_FOLDER / PAIRS[0][0]))
modules, read = set(sys.modules), studio.api._load.cache_info().misses
image = studio._find(EXAMPLES_FOLDER / PAIRS[0][1], {{}}, {{}})
codes, _ = studio._encode(image, [{NAME!r}])
assert len(codes[{NAME!r}]) == 20
again = studio.api._load.cache_info().misses - read
print(sorted(set(sys.modules) - modules), again, "matplotlib.pyplot" in modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] 0 True"  # Gradio imports pyplot at its first event


def test_the_warm_up_needs_no_model():
    Studio(Api({}, None)).warm_up("nowhere.png")


def test_an_image_file_becomes_a_stop(studio, model, checkpoints, uploads):
    answer = ask(studio, uploaded(uploads, seven()), (NAME, PLAIN))
    x = torch.tensor(answer["image"]).reshape(1, -1)
    with torch.no_grad():
        np.testing.assert_allclose(answer["codes"][NAME], model.encode(x)[0][0], atol=1e-3)
        plain = checkpoint.load(checkpoints / PLAIN).encode(x)[0][0]
    np.testing.assert_allclose(answer["codes"][PLAIN], plain, atol=1e-2)
    assert answer["remarks"] == []
    left, top, right, bottom = np.array(answer["found"]["box"]) * [420, 430, 420, 430]
    assert (left, top, right, bottom) == pytest.approx((120, 75, 308, 356), abs=8)
    assert answer["found"]["polarity"] == "dark"
    shown = Image.open(io.BytesIO(base64.b64decode(answer["found"]["preview"].split(",")[1])))
    assert max(shown.size) == 336 and shown.width / shown.height == pytest.approx(420 / 430, abs=0.01)


def test_a_drawing_becomes_the_same_stop_as_a_file_of_it(studio, uploads):
    answer = ask(studio, drawing(seven("black", "white")), (FLAT,))
    photo = ask(studio, uploaded(uploads, seven("black", "white")))
    np.testing.assert_allclose(answer["image"], photo["image"], atol=1e-3)
    assert list(answer["codes"]) == [FLAT] and len(answer["codes"][FLAT]) == 2


def test_an_image_that_the_page_has_already_is_only_encoded(studio, model):
    z = torch.tensor([[0.1 * k for k in range(20)]])
    with torch.no_grad():
        pixels = model.decode(z).flatten()
        mu, _ = model.encode(pixels[None])
    answer = ask(studio, {"pixels": pixels.tolist()})
    np.testing.assert_allclose(answer["codes"][NAME], mu[0], atol=1e-5)
    np.testing.assert_allclose(np.ravel(answer["image"]), pixels, atol=1e-4)
    assert "found" not in answer  # nothing had to be


def test_two_digits_are_remarked_on_and_a_crop_keeps_to_one(studio, uploads):
    both = seven(size=(840, 430))
    both.paste(seven(), (420, 0))
    source = uploaded(uploads, both)
    assert {"code": "image.several"} in ask(studio, source)["remarks"]
    cropped = ask(studio, source, crop=[0.5, 0, 1, 1])
    assert cropped["remarks"] == []
    left, _, right, _ = cropped["found"]["box"]
    assert left > 0.5 and right < 1
    alone = ask(studio, uploaded(uploads, seven(), "one.png"))
    assert np.abs(np.subtract(cropped["image"], alone["image"])).mean() < 0.02


def test_what_is_no_digit_is_taken_with_a_remark(studio, uploads):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 2, (12, 12), np.uint8) * 255)
    noise = noise.resize((360, 360), Image.Resampling.NEAREST)
    field = Image.new("L", (480, 480), 255)
    field.paste(noise, (60, 60))
    answer = ask(studio, uploaded(uploads, field))
    (remark,) = (remark for remark in answer["remarks"] if remark["code"] == "image.unusual")
    assert float(remark["nats"]) > float(remark["limit"]) > 100 and len(answer["codes"][NAME]) == 20


def test_real_digits_are_not_remarked_on(studio, digits):
    remarks = 0
    for x in digits[0].reshape(-1, 28, 28).numpy()[::5]:
        enlarged = Image.fromarray((255 * (1 - x)).astype(np.uint8)).resize((280, 280), Image.Resampling.BICUBIC)
        remarks += len(ask(studio, drawing(enlarged)).get("remarks", []))
    assert remarks <= 1


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"models": ["nobody"], "source": {"pixels": [0.5] * 784}}, "problem.unknown_model"),
        ({"models": [7], "source": {"pixels": [0.5] * 784}}, "problem.unknown_model"),
        ({"models": [NAME] * 3, "source": {"pixels": [0.5] * 784}}, "problem.question"),
        ({"models": [], "source": {"pixels": [0.5] * 784}}, "problem.question"),
        ({"models": [NAME], "source": {"drawing": "http://elsewhere/image.png"}}, "problem.question"),
        ({"models": [NAME], "source": {"drawing": "data:image/png;base64,%%%"}}, "problem.question"),
        ({"models": [NAME], "source": {"drawing": "data:image/png;base64,AAAA"}}, "image.unreadable"),
        ({"models": [NAME], "source": {"pixels": [2.0] * 784}}, "problem.question"),
        ({"models": [NAME], "source": {"pixels": [0.5] * 783}}, "problem.question"),
        ({"models": [NAME], "source": "drawing"}, "problem.question"),
        ({"models": [NAME], "source": {}}, "problem.question"),
        ({"models": [NAME], "source": {"path": "/etc/hostname"}}, "problem.question"),
        ({"models": [NAME], "source": {"path": "../../../../etc/hostname"}}, "problem.question"),
        ({"models": [NAME], "source": {"path": "x" * 5000}}, "problem.question"),
        ({"models": [NAME], "source": {"path": "a\0b"}}, "problem.question"),
        ({"models": [NAME], "source": {"path": 7}}, "problem.question"),
        ("all", "problem.question"),
        (None, "problem.question"),
    ],
)
def test_bad_stops_are_answered_with_a_sentence(studio, uploads, question, code):
    answer = answered(studio.stop, question)
    assert answer["problem"]["code"] == code and "codes" not in answer


def test_an_uploaded_file_that_is_gone_is_asked_for_again(studio, uploads):
    assert ask(studio, {"path": str(uploads / "gone.png")})["problem"]["code"] == "problem.upload"
    (uploads / "link.png").symlink_to("/etc/hostname")  # it leads out of the folder
    assert ask(studio, {"path": str(uploads / "link.png")})["problem"]["code"] == "problem.question"


@pytest.mark.parametrize(
    "edits",
    [
        {"polarity": "blue"},
        {"threshold": 7},
        {"threshold": "high"},
        {"crop": [0.5, 0, 0.2, 1]},
        {"crop": [0, 1]},
    ],
)
def test_bad_corrections_are_answered_with_a_sentence(studio, uploads, edits):
    answer = ask(studio, uploaded(uploads, seven()), **edits)
    assert answer["problem"]["code"] == "problem.edits"
    assert answer["found"]["preview"].startswith("data:image/jpeg")  # so that they can be taken back


def test_a_blank_sheet_is_shown_and_can_be_corrected(studio, uploads):
    answer = ask(studio, uploaded(uploads, Image.new("RGB", (300, 300), "white")))
    assert answer["problem"]["code"] == "image.no_digit" and answer["found"]["preview"]
    (uploads / "bad.png").write_bytes(b"no image")
    answer = ask(studio, {"path": str(uploads / "bad.png")})
    assert answer["problem"]["code"] == "image.unreadable" and "found" not in answer


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_an_animation_shows_what_was_asked_for(studio, model, kind):
    z = torch.linspace(-2, 2, 9)[:, None] * torch.randn(20, generator=torch.Generator().manual_seed(0))
    answer = answered(studio.animate, {"model": NAME, "z": z.tolist(), "format": kind, "side": 112})
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
    assert answered(studio.animate, asked)["problem"]["code"].startswith("problem.")
