"""The tools that language models are offered, asked by a real client of the Model Context Protocol."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from tests.conftest import run_apart
from tools.browser import ROOT, serve
from vae import VAE

NAME = "mnist-vae-20d"


@pytest.fixture(scope="module")
def address():
    with serve(environment={"GRADIO_MCP_SERVER": "True"}) as (address, _):
        yield address


def asked(address, ask):
    """What a function of a session answers."""

    async def run():
        async with (
            streamable_http_client(f"{address}gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await ask(session)

    return run_apart(run())


def called(address, name, **arguments):
    return asked(address, lambda session: session.call_tool(name, arguments))


def images_of(answer):
    return [Image.open(io.BytesIO(base64.b64decode(one.data))) for one in answer.content if one.type == "image"]


def texts_of(answer):
    return [one.text for one in answer.content if one.type == "text"]


def data_url(path):
    return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()


def test_the_five_tools_are_described_argument_by_argument(address):
    tools = asked(address, lambda session: session.list_tools()).tools
    assert {tool.name for tool in tools} == {"models", "encode", "decode", "sample", "morph"}
    for tool in tools:
        assert len(tool.description) > 40
        for name, argument in tool.inputSchema["properties"].items():
            assert (
                argument["description"].endswith((".", "too", "default", "middle")) or len(argument["description"]) > 10
            )
            assert argument["description"], (tool.name, name)


def test_models_are_listed_briefly(address):
    text = "".join(texts_of(called(address, "models")))
    assert NAME in text and len(text) < 5000


def test_an_image_is_an_image(address, checkpoints):
    z = np.random.default_rng(0).normal(size=20).round(3).tolist()
    (image,) = images_of(called(address, "decode", z=z))
    with torch.no_grad():
        expected = VAE.from_pretrained(checkpoints / NAME).decode(torch.tensor([z]))[0, 0].numpy()
    assert image.size == (280, 280)
    np.testing.assert_allclose(np.asarray(image.convert("L"))[5::10, 5::10] / 255, expected, atol=0.01)


def test_samples_are_one_image_and_numbers_come_on_request(address):
    answer = called(address, "sample", n=12, seed=3)
    assert images_of(answer)[0].size == (560, 112)
    assert sum(len(text) for text in texts_of(answer)) < 1000
    (z,) = [text for text in texts_of(called(address, "sample", n=12, seed=3, numbers=True)) if text.startswith("[[")]
    assert np.array(json.loads(z)).shape == (12, 20)


def test_an_image_is_encoded_and_two_are_morphed(address):
    files = [data_url(ROOT / "examples" / name) for name in ("3-ballpoint.jpg", "8-chalk.jpg")]
    answer = called(address, "encode", image=files[0])
    assert images_of(answer)[0].size == (280, 280)
    (told,) = [json.loads(text) for text in texts_of(answer) if text.startswith("{")]
    assert len(told["mu"]) == len(told["std"]) == 20 and min(told["std"]) > 0
    answer = called(address, "morph", image_a=files[0], image_b=files[1], steps=5)
    assert images_of(answer)[0].size == (280, 56)
    assert sum(len(text) for text in texts_of(answer)) < 1000


def test_what_is_wrong_is_a_sentence(address):
    answer = called(address, "decode", z=[1.0, 2.0])
    assert answer.isError and "20 finite numbers" in "".join(texts_of(answer))


def test_programs_call_the_endpoints_all_the_same(address):
    answer = Client(address, verbose=False).predict(2, "prior", api_name="/sample")
    assert len(answer["images"]) == 2
