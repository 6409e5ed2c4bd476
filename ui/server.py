"""What the server does for the page and for programs: encode, decode, sample, morph. Stateless; every input is checked.

torch is imported with the first call: the page is there, and decodes in the browser, without it.
"""

import io
import math
import reprlib
import secrets
from functools import cache
from pathlib import Path
from typing import Any, Literal

import gradio as gr
import numpy as np
from gradio.data_classes import FileData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder
from PIL import Image

from vae import checkpoint, sampler
from vae.checkpoint import Card, CheckpointError

SIDE = 280  # pixels of a picture that is handed out
FRAME_MS = 60  # of an animation
LARGEST = 1000.0  # of a coordinate of z; the prior does not reach 10
MAX_SAMPLES, MAX_STEPS, MAX_TEMPERATURE = 1000, 200, 10.0


class Server:
    """The endpoints, over the models of a checkpoints folder."""

    def __init__(self, cards: dict[str, Card], default: str | None):
        self.cards = cards
        self.default = default
        self._load = cache(checkpoint.load)  # each model and each sampler is read once
        self._load_sampler = cache(checkpoint.read_sampler)

    def models(self) -> list[dict]:
        """The models there are, each with its size and its test figures (nats per image).

        Returns:
            For each model {name, latent_dim, data, variational, nelbo, reconstruction, kl, kl_per_dim, active_units,
            span, readable, default}; span: how far codes reach; readable: shares of what a classifier recognises.
        """
        return [card.summary | {"default": card.name == self.default} for card in self.cards.values()]

    def encode(self, image: FileData, model: str | None = None) -> dict:
        """Normalise a picture of a digit as MNIST's authors did, and encode it.

        Args:
            image: a picture file of one digit: a photo, a scan or a drawing, dark on light or light on dark.
            model: a name from /models; left out, the default.
        Returns:
            {mu: [d], logvar: [d], image: [28][28] in [0, 1]}, where image is the normalised picture.
        """
        mu, logvar, picture = self._encode(image_path(image), self.model(model))
        return {"mu": mu.tolist(), "logvar": logvar.tolist(), "image": picture.tolist()}

    def decode(self, z: list[float], model: str | None = None) -> FileData:
        """Decode a latent vector to a picture.

        Args:
            z: d finite numbers, where d is the model's latent_dim.
            model: a name from /models; left out, the default.
        Returns:
            A PNG file, 280 x 280: the 28 x 28 picture, each pixel 10 x 10.
        """
        vae = self.model(model)
        picture = decode(vae, latent_vector(z, vae.latent_dim)[None])[0]
        file = io.BytesIO()
        enlarged(picture).save(file, "PNG")
        return saved(file.getvalue(), "digit.png")

    def sample(
        self,
        n: int = 16,
        source: Literal["prior", "data"] = "prior",
        temperature: float = 1.0,
        seed: int | None = None,
        model: str | None = None,
    ) -> dict:
        """Draw latent vectors at random and decode them.

        Args:
            n: how many, 1 to 1000.
            source: "prior" draws from N(0, I); "data" from the mixture of Gaussians fitted to real pictures' codes.
            temperature: factor on the standard deviations of the draw, 0 to 10.
            seed: the same seed gives the same draws; left out, they are new each time.
            model: a name from /models; left out, the default.
        Returns:
            {z: [n][d], images: [n][28][28] in [0, 1]}.
        """
        vae = self.model(model)
        n = whole_number("n", n, 1, MAX_SAMPLES)
        if not is_number(temperature) or not 0 <= temperature <= MAX_TEMPERATURE:
            raise problem(f"temperature is a number from 0 to {MAX_TEMPERATURE:g}, not {reprlib.repr(temperature)}.")
        seed = secrets.randbits(32) if seed is None else whole_number("seed", seed, 0, 2**63 - 1)
        generator = np.random.default_rng(seed)
        if source == "prior":
            z = temperature * generator.standard_normal((n, vae.latent_dim), dtype=np.float32)
        elif source == "data":
            z = sampler.draw(self._sampler(model), n, generator, temperature)
        else:
            raise problem(f'source is "prior" or "data", not {reprlib.repr(source)}.')
        return {"z": z.tolist(), "images": decode(vae, z).tolist()}

    def morph(
        self,
        image_a: FileData,
        image_b: FileData,
        steps: int = 16,
        path: Literal["linear", "spherical", "geodesic"] = "linear",
        model: str | None = None,
    ) -> dict:
        """Walk through latent space from one picture to another.

        Args:
            image_a: a picture file of a digit, as for /encode: the start.
            image_b: a picture file of a digit: the end.
            steps: how many pictures, both ends included, 2 to 200.
            path: "linear", a straight line between the means; "spherical", along the arc; "geodesic", the curve along
                which the picture changes least, and evenly.
            model: a name from /models; left out, the default.
        Returns:
            {z: [steps][d], images: [steps][28][28] in [0, 1], gif: a file that plays the walk there and back}.
        """
        import torch

        from vae import latent

        vae = self.model(model)
        steps = whole_number("steps", steps, 2, MAX_STEPS)
        if path not in ("linear", "spherical", "geodesic"):
            raise problem(f'path is "linear", "spherical" or "geodesic", not {reprlib.repr(path)}.')
        a, b = (torch.from_numpy(self._encode(image_path(image), vae)[0]) for image in (image_a, image_b))
        t = torch.linspace(0, 1, steps)
        if path == "geodesic":
            *_, curve = latent.geodesic(vae.decode, a, b)
            z = latent.between(curve, t * (len(curve) - 1)).numpy()
        else:
            z = (latent.lerp if path == "linear" else latent.slerp)(a, b, t).numpy()
        images = decode(vae, z)
        frames = [enlarged(picture) for picture in (*images, *images[-2:0:-1])]
        return {"z": z.tolist(), "images": images.tolist(), "gif": saved(animation(frames, "gif"), "morph.gif")}

    def card(self, name: str | None) -> Card:
        """What is known of a model by name, or of the default one."""
        if self.default is None:
            raise problem("There is no model in checkpoints/; train one with: python train.py")
        name = self.default if name is None else name
        if not isinstance(name, str) or name not in self.cards:
            raise problem(f"There is no model {reprlib.repr(name)}; choose one of {', '.join(self.cards)}.")
        return self.cards[name]

    def model(self, name: str | None) -> Any:
        """A model by name, or the default one; a wrong name is answered with a sentence."""
        import torch

        torch.set_num_threads(1)  # pictures come one by one; several threads for one of them only wait for each other
        card = self.card(name)
        try:
            return self._load(card.folder)
        except CheckpointError as error:
            raise problem(str(error)) from error

    def _sampler(self, name: str | None) -> sampler.Mixture:
        try:
            return self._load_sampler(self.card(name).folder)
        except CheckpointError as error:
            raise problem(str(error)) from error

    def _encode(self, path: Path, vae: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """mu [D], logvar [D] and the normalised picture [28, 28] of a picture file."""
        import torch

        from vae import normalize, pictures

        try:
            picture = normalize.normalize(pictures.load(path))
        except pictures.PictureError as error:
            raise problem(str(error)) from error
        with torch.inference_mode():
            mu, logvar = vae.encode(torch.from_numpy(picture)[None])
        return mu[0].numpy(), logvar[0].numpy(), picture


def problem(sentence: str) -> gr.Error:
    """An error whose sentence reaches the caller, without a traceback in the server's log."""
    return gr.Error(sentence, print_exception=False)


def is_number(value: Any) -> bool:
    """Whether JSON gave a finite number; without turning it to a float, which a whole number can be too large for."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """A whole number of a range, as Python or JSON write it."""
    if not is_number(value) or value != int(value) or not low <= value <= high:
        raise problem(f"{name} is a whole number from {low} to {high}, not {reprlib.repr(value)}.")
    return int(value)


def latent_vector(z: Any, latent_dim: int) -> np.ndarray:
    """A caller's z as an array [D]."""
    if not isinstance(z, list) or len(z) != latent_dim or not all(is_number(value) for value in z):
        given = f"{len(z)} values" if isinstance(z, list) else type(z).__name__
        raise problem(f"z is a list of {latent_dim} finite numbers for this model; given: {given}.")
    if max(map(abs, z)) > LARGEST:
        raise problem(f"The numbers in z lie between -{LARGEST:g} and {LARGEST:g}.")
    return np.array(z, dtype=np.float32)


def image_path(image: Any) -> Path:
    """The uploaded file behind a caller's argument; nothing else on this machine can be named."""
    uploaded = isinstance(image, dict) and image.get("meta") == {"_type": "gradio.FileData"} and image.get("path")
    if not uploaded:
        raise problem("A picture file is needed; with gradio_client, wrap its path in handle_file(...).")
    return Path(image["path"])


def decode(vae: Any, z: np.ndarray) -> np.ndarray:
    """Pictures [B, 28, 28] in [0, 1] at latent vectors [B, D]."""
    import torch

    with torch.inference_mode():
        return vae.decode(torch.from_numpy(z))[:, 0].numpy()


def enlarged(picture: np.ndarray, side: int = SIDE) -> Image.Image:
    """A picture [28, 28] in [0, 1] as 8-bit grey, each of its pixels side / 28 of the file's."""
    image = Image.fromarray((255 * picture).round().astype(np.uint8))
    return image.resize((side, side), Image.Resampling.NEAREST)


def animation(frames: list[Image.Image], kind: str) -> bytes:
    """An animated file, "gif" or "webp", that plays for ever."""
    file = io.BytesIO()
    extra = {"lossless": True} if kind == "webp" else {}
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0, **extra)
    return file.getvalue()


def saved(content: bytes, name: str) -> dict:
    """A file in Gradio's cache, as the client expects files."""
    path = save_bytes_to_cache(content, name, get_upload_folder())
    return FileData(path=path, orig_name=name).model_dump()
