"""What the page asks of the server, as it asks it."""

import base64
import io
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

NAME = "mnist-vae-20d"
ROOT = Path(__file__).parent.parent


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


@pytest.fixture
def uploads(tmp_path_factory, monkeypatch):
    """Gradio's folder of uploaded files."""
    folder = tmp_path_factory.mktemp("uploads")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    assert Path(get_upload_folder()) == folder
    return folder


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [("photo.tif", "TIFF", {}), ("photo.heic", "HEIF", {"quality": 95}), ("photo.jpg", "JPEG", {"quality": 95})],
)
def test_a_file_that_a_browser_cannot_read_is_converted(studio, uploads, name, kind, options):
    if kind == "HEIF":
        pytest.importorskip("pillow_heif")
    seven().save(uploads / name, kind, **options)
    answer = answered(studio.convert, {"path": str(uploads / name)})
    start, content = answer["image"].split(",")
    assert start == "data:image/png;base64"
    image = Image.open(io.BytesIO(base64.b64decode(content)))
    assert image.format == "PNG" and image.size == (420, 430)
    assert np.abs(np.subtract(image.convert("RGB"), seven(), dtype=float)).mean() < 2


def test_sixteen_bits_become_eight_and_a_large_image_smaller(studio, uploads):
    deep = Image.fromarray(np.asarray(seven().convert("L")).astype(np.uint16) * 257).resize((1500, 1536))
    deep.save(uploads / "deep.tif")
    answer = answered(studio.convert, {"path": str(uploads / "deep.tif")})
    image = Image.open(io.BytesIO(base64.b64decode(answer["image"].split(",")[1])))
    assert image.size == (1000, 1024)
    assert np.abs(np.subtract(image.convert("L").resize((420, 430)), seven().convert("L"), dtype=float)).mean() < 3


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({}, "problem.question"),
        ({"path": "/etc/hostname"}, "problem.question"),
        ({"path": "../../../../etc/hostname"}, "problem.question"),
        ({"path": "x" * 5000}, "problem.question"),
        ({"path": "a\0b"}, "problem.question"),
        ({"path": 7}, "problem.question"),
        ("all", "problem.question"),
        (None, "problem.question"),
    ],
)
def test_bad_questions_are_answered_with_a_sentence(studio, uploads, question, code):
    answer = answered(studio.convert, question)
    assert answer["problem"]["code"] == code and "image" not in answer


def test_an_uploaded_file_that_is_gone_or_no_image_is_answered_with_a_sentence(studio, uploads):
    def problem(name):
        return answered(studio.convert, {"path": str(uploads / name)})["problem"]["code"]

    assert problem("gone.png") == "problem.upload"
    (uploads / "link.png").symlink_to("/etc/hostname")  # it leads out of the folder
    assert problem("link.png") == "problem.question"
    (uploads / "bad.png").write_bytes(b"no image")
    assert problem("bad.png") == "image.unreadable"
    Image.new("RGBA", (40, 40)).save(uploads / "nothing.png")  # wholly transparent
    assert problem("nothing.png") == "image.empty"


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
