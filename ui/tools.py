"""What language models may ask, as MCP tools: the endpoints of ui/api.py, images as images, numbers on request."""

import json
from collections.abc import Callable
from typing import Any, Literal

import gradio as gr
import gradio.mcp
import numpy as np
from gradio.data_classes import FileData
from gradio.utils import get_upload_folder

from ui.api import Api, in_line, saved
from ui.checks import whole_number
from ui.render import enlarged, png, side_by_side

MAX_SHOWN = 100  # images in one answer
TOLD = ("name", "data", "latent_dim", "variational", "nelbo", "active_units", "default")


class Tools:
    """The tools, over the endpoints for programs. Each docstring is what a language model is told of it."""

    def __init__(self, api: Api):
        self.api = api

    def models(self) -> list[dict]:
        """The models there are: data, size, test figure (nelbo, nats per image, lower is better), the default one.

        Returns:
            For each model {name, data, latent_dim, variational, nelbo, active_units, default}.
        """
        return [{key: model[key] for key in TOLD} for model in self.api.models()]

    def encode(self, image: FileData, model: str | None = None) -> tuple[FileData, str]:
        """Find the digit in an image file and encode it to a latent vector.

        Args:
            image: an image file of one digit: a photo, a scan or a drawing.
            model: a name from the tool models; left out, the default.
        Returns:
            The digit as it was found, 28 x 28 enlarged; and the posterior's {mu, std}, the mean being its code z.
        """
        answer = self.api.encode(image, model)
        std = np.exp(np.array(answer["logvar"]) / 2)
        told = {"mu": rounded(answer["mu"]), "std": rounded(std)}
        return saved(png(enlarged(np.array(answer["image"]))), "found.png"), json.dumps(told)

    def decode(self, z: list[float], model: str | None = None) -> FileData:
        """Decode a latent vector to an image.

        Args:
            z: as many finite numbers as the model's latent_dim.
            model: a name from the tool models; left out, the default.
        Returns:
            The image, 28 x 28 enlarged.
        """
        return self.api.decode(z, model)

    def sample(
        self,
        n: int = 16,
        source: Literal["prior", "data"] = "data",
        temperature: float = 1.0,
        seed: int | None = None,
        model: str | None = None,
        numbers: bool = False,
    ) -> tuple[FileData, str]:
        """Draw latent vectors at random and decode them.

        Args:
            n: how many, 1 to 100.
            source: "data" draws from where real images' codes lie, "prior" from N(0, I): not all of these are digits.
            temperature: factor on the standard deviations of the draw, 0 to 10; small ones stay near the middle.
            seed: the same seed gives the same draws; left out, they are new each time.
            model: a name from the tool models; left out, the default.
            numbers: whether the latent vectors are told, too.
        Returns:
            The images, ten in a row; and the latent vectors as JSON, where they were asked for.
        """
        answer = self.api.sample(whole_number("n", n, 1, MAX_SHOWN), source, temperature, seed, model)
        image = png(side_by_side(np.array(answer["images"])))
        told = rounded_rows(answer["z"]) if numbers else f"{n} samples, at most ten in a row."
        return saved(image, "samples.png"), told

    async def morph(
        self,
        image_a: FileData,
        image_b: FileData,
        steps: int = 10,
        path: Literal["linear", "spherical", "geodesic"] = "linear",
        model: str | None = None,
        numbers: bool = False,
    ) -> tuple[FileData, FileData, str]:
        """Follow a path through latent space from one image of a digit to another.

        Args:
            image_a: an image file of a digit, where the path starts.
            image_b: an image file of a digit, where it ends.
            steps: how many images, both ends included, 2 to 100.
            path: "linear", "spherical", or "geodesic": along it the image changes least, but it takes seconds to find.
            model: a name from the tool models; left out, the default.
            numbers: whether the latent vectors are told, too.
        Returns:
            The images, ten in a row; an animated GIF of them; and the latent vectors, where they were asked for.
        """
        answer = await self.api.morph(image_a, image_b, whole_number("steps", steps, 2, MAX_SHOWN), path, model)
        told = rounded_rows(answer["z"]) if numbers else f"{steps} steps along the {path} path."
        return saved(png(side_by_side(np.array(answer["images"]))), "morph.png"), answer["gif"], told

    def functions(self) -> list[Callable]:
        """The tools as functions, each in its line."""
        functions = (self.models, self.encode, self.decode, self.sample, self.morph)
        return [in_line(fn, self.api.lines.images) for fn in functions]


def rounded(values: Any) -> list[float]:
    """Numbers as a person reads them."""
    return [round(float(value), 3) for value in values]


def rounded_rows(z: list[list[float]]) -> str:
    """Latent vectors as JSON."""
    return json.dumps([rounded(row) for row in z])


def offer(api: Api) -> None:
    """Add the tools to the page that is being built."""
    gradio.mcp.DEFAULT_TEMP_DIR = get_upload_folder()  # where images that come as text go; Gradio asks when imported
    for fn in Tools(api).functions():
        gr.api(fn, api_name=f"tool_{fn.__name__}", queue=False)
