"""The endpoints, called as a program calls them: with gradio_client, over HTTP, with good and with bad input."""

import asyncio
import json
import math
import re
import shutil
import threading
import urllib.request

import gradio as gr
import numpy as np
import pytest
import torch
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw

import app
from tests.conftest import run_apart
from tools import family
from ui import publish
from ui.api import Api
from ui.checks import Problem
from ui.work import Work
from vae import VAE, checkpoint


@pytest.fixture(scope="module")
def client(checkpoints):
    page, mounting = app.build(checkpoints)
    _, address, _ = page.launch(**mounting, prevent_thread_lock=True, quiet=True)
    yield Client(address, verbose=False)
    page.close()


@pytest.fixture(scope="module")
def model(checkpoints):
    return VAE.from_pretrained(checkpoints / "mnist-vae-20d")


@pytest.fixture
def digit(tmp_path, digits):
    """One of MNIST's digits as a picture file, and the same as numbers."""
    image = (255 * digits[0][3].reshape(28, 28)).byte().numpy()
    Image.fromarray(image).save(tmp_path / "digit.png")
    return str(tmp_path / "digit.png"), image / 255


@pytest.fixture
def seven(tmp_path):
    """A seven drawn with a dark pen on a large white sheet."""
    image = Image.new("RGB", (600, 500), "white")
    ImageDraw.Draw(image).line([(220, 120), (380, 120), (280, 380)], fill=(20, 30, 90), width=34, joint="curve")
    image.save(tmp_path / "seven.jpg")
    return str(tmp_path / "seven.jpg")


def test_models_lists_each_with_its_figures(client, checkpoints):
    models = {entry["name"]: entry for entry in client.predict(api_name="/models")}
    assert set(models) == set(family.FAMILY)
    assert next(iter(models)) == "mnist-vae-20d"
    for name, entry in models.items():
        figures = checkpoint.read_card(checkpoints / name).figures
        assert entry["latent_dim"] == len(entry["kl_per_dim"])
        assert entry["nelbo"] == figures["nelbo"]
        assert entry["active_units"] == figures["active_units"]
    assert [name for name, entry in models.items() if entry["default"]] == ["mnist-vae-20d"]


def test_encode_gives_the_posterior_of_the_normalised_picture(client, model, digit):
    path, image = digit
    answer = client.predict(handle_file(path), api_name="/encode")
    picture = np.array(answer["image"])
    assert picture.shape == (28, 28) and picture.min() >= 0 and picture.max() <= 1
    assert np.abs(picture - image).mean() < 0.02
    with torch.no_grad():
        mu, logvar = model.encode(torch.tensor(answer["image"])[None])
    np.testing.assert_allclose(answer["mu"], mu[0], atol=1e-5)
    np.testing.assert_allclose(answer["logvar"], logvar[0], atol=1e-5)


def test_encode_tells_what_it_found_and_looks_within_a_crop(client, tmp_path, seven):
    with Image.open(seven) as image:
        one = image.convert("RGB")
    both = Image.new("RGB", (2 * one.width, one.height), one.getpixel((1, 1)))
    both.paste(one, (0, 0))
    both.paste(one, (one.width, 0))
    both.save(tmp_path / "both.png")
    picture = handle_file(str(tmp_path / "both.png"))
    found = client.predict(picture, api_name="/encode")["found"]
    assert found["several"] and set(found) == {"box", "polarity", "several", "confidence"}
    alone = client.predict(picture, crop=[0.5, 0, 1, 1], api_name="/encode")
    left, top, right, bottom = alone["found"]["box"]
    assert 0.5 < left < right < 1 and 0 < top < bottom < 1
    assert not alone["found"]["several"] and alone["found"]["confidence"] > 0.5
    whole = client.predict(handle_file(seven), api_name="/encode")
    assert alone["found"]["polarity"] == whole["found"]["polarity"]
    assert np.abs(np.subtract(alone["image"], whole["image"])).mean() < 0.03


@pytest.mark.parametrize("crop", [[0.5, 0, 0.2, 1], [0, 1], "middle", [0, 0, 2, 1], [0, 0, math.pi, "x"]])
def test_a_crop_that_makes_no_sense_is_answered_with_a_sentence(client, seven, crop):
    with pytest.raises(AppError, match="crop is left, top, right and bottom"):
        client.predict(handle_file(seven), crop=crop, api_name="/encode")


def test_encode_takes_a_model_by_name(client, seven):
    answer = client.predict(handle_file(seven), model="mnist-vae-2d", api_name="/encode")
    assert len(answer["mu"]) == len(answer["logvar"]) == 2


def test_decode_gives_the_models_picture_as_a_png(client, model):
    z = torch.randn(20, generator=torch.Generator().manual_seed(0))
    path = client.predict(z.tolist(), api_name="/decode")
    image = Image.open(path)
    assert image.format == "PNG" and image.size == (280, 280) and image.mode == "L"
    with torch.no_grad():
        expected = (255 * model.decode(z[None])[0, 0]).round().numpy()
    pixels = np.array(image)
    np.testing.assert_allclose(pixels[::10, ::10], expected, atol=1)
    np.testing.assert_array_equal(pixels, pixels[::10, ::10].repeat(10, 0).repeat(10, 1))


def test_decode_of_encode_looks_like_the_picture(client, digit):
    path, image = digit
    mu = client.predict(handle_file(path), api_name="/encode")["mu"]
    decoded = np.array(Image.open(client.predict(mu, api_name="/decode")))[::10, ::10] / 255
    assert np.abs(decoded - image).mean() < 0.1


def test_sample_from_the_prior_is_standard_normal(client, model):
    answer = client.predict(n=1000, seed=1, api_name="/sample")
    z = np.array(answer["z"])
    assert z.shape == (1000, 20)
    assert abs(z.mean()) < 0.03 and abs(z.std() - 1) < 0.03
    with torch.no_grad():
        expected = model.decode(torch.tensor(answer["z"][:3]))[:, 0]
    np.testing.assert_allclose(answer["images"][:3], expected, atol=1e-5)


def test_sample_repeats_itself_by_seed_and_scales_by_temperature(client):
    def draw(**options):
        return np.array(client.predict(n=4, **options, api_name="/sample")["z"])

    np.testing.assert_array_equal(draw(seed=5), draw(seed=5))
    assert not np.array_equal(draw(seed=5), draw(seed=6))
    assert not np.array_equal(draw(), draw())
    np.testing.assert_allclose(draw(seed=5, temperature=0.5), 0.5 * draw(seed=5), rtol=1e-6)
    assert not draw(temperature=0).any()


@pytest.mark.parametrize("name", ["mnist-vae-20d", "mnist-vae-2d", "mnist-ae-2d"])
def test_sample_like_the_data_follows_the_codes(client, checkpoints, name):
    mu = checkpoint.read_atlas(checkpoints / name)["mu"].astype(float)
    z = np.array(client.predict(n=250, source="data", seed=2, model=name, api_name="/sample")["z"])
    scale = mu.std(0)
    np.testing.assert_allclose(z.mean(0), mu.mean(0), atol=0.2 * scale.max())
    used = scale > 0.1  # the others have no spread to speak of, but for the fit's floor
    np.testing.assert_allclose(z.std(0)[used] / scale[used], 1, atol=0.2)
    assert z.std(0)[~used].max(initial=0) < 0.15
    means = checkpoint.read_sampler(checkpoints / name).means
    at_means = client.predict(n=3, source="data", temperature=0, model=name, api_name="/sample")["z"]
    assert all(np.isclose(means, point, atol=1e-4).all(1).any() for point in at_means)


def test_a_plain_autoencoder_answers_like_the_others(client, seven):
    answer = client.predict(handle_file(seven), model="mnist-ae-2d", api_name="/encode")
    assert len(answer["mu"]) == len(answer["logvar"]) == 2
    assert np.isfinite(answer["mu"]).all() and max(answer["logvar"]) < -80  # a point has no spread
    assert Image.open(client.predict(answer["mu"], model="mnist-ae-2d", api_name="/decode")).size == (280, 280)
    entry = {entry["name"]: entry for entry in client.predict(api_name="/models")}["mnist-ae-2d"]
    assert entry["variational"] is False and entry["kl"] == 0 and entry["span"] > 4


@pytest.mark.parametrize("path", ["linear", "spherical", "geodesic"])
def test_morph_walks_from_one_picture_to_the_other(client, digit, seven, path):
    a, b = handle_file(digit[0]), handle_file(seven)
    answer = client.predict(a, b, 7, path, api_name="/morph")
    ends = [client.predict(end, api_name="/encode")["mu"] for end in (a, b)]
    z = np.array(answer["z"])
    assert z.shape == (7, 20) and np.array(answer["images"]).shape == (7, 28, 28)
    np.testing.assert_allclose(z[[0, -1]], ends, atol=1e-5)
    if path == "linear":
        np.testing.assert_allclose(z[3], (z[0] + z[-1]) / 2, atol=1e-5)
    if path == "geodesic":
        changes = np.linalg.norm(np.diff(np.reshape(answer["images"], (7, 784)), axis=0), axis=1)
        assert changes.std() / changes.mean() < 0.1
    gif = Image.open(answer["gif"])
    assert gif.format == "GIF" and gif.n_frames == 12  # there and back, the ends once


def test_every_endpoint_is_described(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert {"/models", "/encode", "/decode", "/sample", "/morph"} == set(endpoints)
    arguments = {name: [p["parameter_name"] for p in info["parameters"]] for name, info in endpoints.items()}
    assert arguments["/sample"] == ["n", "source", "temperature", "seed", "model"]
    assert all(info["description"] for info in endpoints.values())


def zeros(n):
    return [0.0] * n


@pytest.mark.parametrize(
    ("endpoint", "arguments", "sentence"),
    [
        ("/decode", {"z": zeros(19)}, "z is a list of 20 finite numbers.*19 values"),
        ("/decode", {"z": []}, "z is a list of 20"),
        ("/decode", {"z": "zero"}, "z is a list of 20"),
        ("/decode", {"z": None}, "z is a list of 20"),
        ("/decode", {"z": [*zeros(19), "one"]}, "z is a list of 20"),
        ("/decode", {"z": [*zeros(19), True]}, "z is a list of 20"),
        ("/decode", {"z": [*zeros(19), 1e300]}, "between -1000 and 1000"),
        ("/decode", {"z": zeros(20), "model": "mnist-vae-3d"}, "There is no model 'mnist-vae-3d'.*mnist-vae-20d"),
        ("/decode", {"z": zeros(20), "model": "../checkpoints"}, "There is no model"),
        ("/decode", {"z": zeros(20), "model": 3}, "There is no model 3"),
        ("/sample", {"n": 0}, "n is a whole number from 1 to 1000"),
        ("/sample", {"n": 10**9}, "n is a whole number"),
        ("/sample", {"n": 10**400}, "n is a whole number"),
        ("/sample", {"temperature": 10**400}, "temperature is a number"),
        ("/decode", {"z": [*zeros(19), 10**400]}, "between -1000 and 1000"),
        ("/sample", {"n": 2.5}, "n is a whole number"),
        ("/sample", {"n": "many"}, "n is a whole number"),
        ("/sample", {"temperature": -1}, "temperature is a number from 0 to 10"),
        ("/sample", {"temperature": "hot"}, "temperature is a number"),
        ("/sample", {"seed": -3}, "seed is a whole number"),
        ("/sample", {"source": "posterior"}, '"prior" or "data"'),
        ("/sample", {"model": ["mnist-vae-2d"]}, "choose one of"),
    ],
)
def test_bad_numbers_and_names_are_answered_with_a_sentence(client, endpoint, arguments, sentence):
    with pytest.raises(AppError, match=sentence):
        client.predict(**arguments, api_name=endpoint)


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_z_that_is_no_number_is_refused(client, number):
    # the client's own JSON would not let these through: say it to the server directly
    data = f'{{"data": [[{", ".join([number] * 20)}], null]}}'.encode()
    address = f"{client.src}gradio_api/call/decode"
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{address}/{event}") as response:
        answer = response.read().decode()
    assert "event: error" in answer and "finite numbers" in answer


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\nbut broken", b"\xff\xd8\xff\xe0cut"])
def test_files_that_are_no_pictures(client, tmp_path, content):
    (tmp_path / "upload.png").write_bytes(content)
    with pytest.raises(AppError) as error:
        client.predict(handle_file(str(tmp_path / "upload.png")), api_name="/encode")
    assert len(str(error.value)) > 20 and "Traceback" not in str(error.value)


def test_a_blank_sheet_and_no_picture_at_all(client, tmp_path, digit):
    Image.new("L", (100, 100), 255).save(tmp_path / "blank.png")
    for nothing in (handle_file(str(tmp_path / "blank.png")), "digit.png", None, {"path": "/etc/hostname"}):
        with pytest.raises(AppError) as error:
            client.predict(handle_file(digit[0]), nothing, api_name="/morph")
        assert len(str(error.value)) > 20


def test_a_callers_path_on_the_server_is_not_opened(client):
    stolen = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
    data = json.dumps({"data": [stolen, None]}).encode()
    address = f"{client.src}gradio_api/call/encode"
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{address}/{event}") as response:
        assert "event: error" in response.read().decode()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"path": "scenic"}, '"linear", "spherical" or "geodesic"'),
        ({"steps": 1}, "steps is a whole number from 2 to 200"),
        ({"steps": math.pi}, "steps is a whole number"),
    ],
)
def test_bad_morphs(client, digit, options, sentence):
    picture = handle_file(digit[0])
    with pytest.raises(AppError, match=sentence):
        client.predict(picture, picture, **options, api_name="/morph")


def test_without_models_every_endpoint_says_what_to_do(tmp_path):
    api = Api({}, None)
    assert api.models() == []
    for call in (lambda: api.sample(), lambda: api.decode([0.0])):
        with pytest.raises(Problem, match=r"python train\.py"):
            call()


def test_few_pieces_of_work_run_at_once_and_few_may_wait():
    """The rest of a crowd is told to come back, and another line goes on meanwhile."""
    running, most, release = 0, 0, threading.Event()
    count = threading.Lock()

    def search(k):
        nonlocal running, most
        with count:
            running += 1
            most = max(most, running)
        assert release.wait(30)
        with count:
            running -= 1
        return k

    async def crowd():
        line, other = Work("long", at_once=2, waiting=8), Work("short", at_once=1, waiting=0)
        asked = [asyncio.create_task(line.run(search, k)) for k in range(13)]
        done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 3 and all(isinstance(task.exception(), Problem) for task in done)
        assert await other.run(lambda: "at once") == "at once"
        release.set()
        answers = await asyncio.gather(*(task for task in asked if task not in done))
        assert answers == list(range(10))
        assert await line.run(search, "later") == "later"

    run_apart(crowd())
    assert most == 2


def test_the_page_can_be_mounted_elsewhere(checkpoints):
    """With what build() gives, and with nothing else: theme and head included."""
    page, mounting = app.build(checkpoints)
    mounted = gr.mount_gradio_app(FastAPI(), page, path="/explorer", **mounting)
    with TestClient(mounted) as client:
        html = client.get("/explorer/").text
        assert "start/gradio.js" in html and "fonts.googleapis" not in html
        told = json.loads(re.search(r"const settings = (\{.*\});", json.loads(f'"{head_of(html)}"'))[1])
        script = client.get(f"/explorer/{told['scripts']}/start/gradio.js")
        assert "makeHost" in script.text and "immutable" in script.headers["cache-control"]
        weights = f"/explorer/{told['files'][told['first']]['model']}"
        assert "immutable" in client.get(weights).headers["cache-control"]
        part = client.get(weights, headers={"range": "bytes=0-7"})
        assert part.status_code == 206 and len(part.content) == 8
        again = client.get(weights, headers={"if-none-match": part.headers["etag"]})
        assert again.status_code == 304 and "immutable" in again.headers["cache-control"]
        assert "immutable" not in client.get("/explorer/").headers.get("cache-control", "")
        assert client.get(f"/explorer/{told['strings']['zh']}").json()["tab.explore"] == "探索"
        assert client.get("/explorer/theme.css").status_code == 200


def head_of(html):
    """The page's head as Gradio tells the browser of it, still a JSON string."""
    return re.search(r'"head":\s*"((?:[^"\\]|\\.)*)"', html)[1]


def test_scripts_have_an_address_that_changes_with_them(monkeypatch, tmp_path):
    """Or browsers would run last month's script against this month's page."""

    def scripts(folder):
        monkeypatch.setattr(publish, "STATIC", folder)
        return publish.publish(tmp_path / "published")["scripts"]

    copy = tmp_path / "static"
    shutil.copytree(publish.STATIC, copy)
    before = scripts(copy)
    assert scripts(copy) == before
    (copy / "maths" / "latent.js").write_text("// another one")
    assert scripts(copy) != before


def test_a_folder_for_uploads_that_cannot_be_ours_is_seen(tmp_path):
    (tmp_path / "taken").write_text("a file")
    assert app.is_ours(tmp_path / "new" / "folder") and (tmp_path / "new" / "folder").is_dir()
    assert not app.is_ours(tmp_path / "taken") and not app.is_ours(tmp_path / "taken" / "gradio")
