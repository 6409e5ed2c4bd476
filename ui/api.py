"""What programs may ask: encode, decode, sample, morph. Stateless; every input is checked.

torch is imported with the first call: the page is there, and decodes in the browser, without it.
"""

import inspect
import reprlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from gradio.data_classes import FileData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from ui.checks import Problem, is_number, latent_vector, shares, whole_number
from ui.render import animation, decode, enlarged, png
from ui.uploads import file_of
from ui.work import Lines, Work
from vae import checkpoint, sampler
from vae.checkpoint import Card, CheckpointError

if TYPE_CHECKING:  # it imports SciPy, which the page does without until the first image file
    from vae.images import Found

try:
    from spaces import GPU as on_zero_gpu  # a Space on ZeroGPU wants to see one function that it lends a GPU to
except ImportError:

    def on_zero_gpu(fn: Callable) -> Callable:
        """The function as it is: elsewhere it needs nothing."""
        return fn


loaded = cache(checkpoint.load)  # each model is read once
MAX_SAMPLES, MAX_STEPS, MAX_TEMPERATURE = 1000, 200, 10.0


class Api:
    """The endpoints, over the models of a checkpoints folder."""

    def __init__(self, cards: dict[str, Card], default: str | None):
        self.cards = cards
        self.default = default
        self.lines = Lines()
        self._load_sampler = cache(checkpoint.read_sampler)

    def models(self) -> list[dict]:
        """The models there are, each with its size and its test figures (nats per image).

        Returns:
            For each model {name, latent_dim, data, variational, nelbo, reconstruction, kl, kl_per_dim, active_units,
            span, readable, one_image, default}; span: how far codes reach; readable: shares of what a classifier
            recognises; one_image: whether all z decode to the same image.
        """
        return [card.summary | {"default": card.name == self.default} for card in self.cards.values()]

    def encode(self, image: FileData, model: str | None = None, crop: list[float] | None = None) -> dict:
        """Find the digit in an image file, normalise it as MNIST's authors did, and encode it.

        Args:
            image: an image file of one digit: a photo, a scan or a drawing, dark on light or light on dark.
            model: a name from /models; left out, the default.
            crop: where to look for it: left, top, right and bottom as shares of the image; left out, everywhere.
        Returns:
            {mu: [d], logvar: [d], image: [28][28] in [0, 1], the normalised one, found: {box: left, top, right and
            bottom of the ink as shares of the image, polarity: "dark" or "light" ink, several: whether there seem to
            be several digits, confidence: that there is a digit and this is its ink, in [0, 1]}}.
        """
        vae = self.model(model)
        found = self.read(image_path(image), self.card(model).data, crop)
        mu, logvar = self.encode_image(found.image, vae)
        told = {"box": found.box, "polarity": found.polarity, "several": found.several}
        return {
            "mu": mu.tolist(),
            "logvar": logvar.tolist(),
            "image": found.image.tolist(),
            "found": told | {"confidence": round(found.confidence, 4)},
        }

    def decode(self, z: list[float], model: str | None = None) -> FileData:
        """Decode a latent vector to an image.

        Args:
            z: d finite numbers, where d is the model's latent_dim.
            model: a name from /models; left out, the default.
        Returns:
            A PNG file, 280 x 280: the 28 x 28 image, each pixel 10 x 10.
        """
        vae = self.model(model)
        return saved(png(enlarged(decode(vae, latent_vector(z, vae.latent_dim)[None])[0])), "digit.png")

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
            source: "prior" draws from N(0, I); "data" from the mixture of Gaussians fitted to real images' codes.
            temperature: factor on the standard deviations of the draw, 0 to 10.
            seed: the same seed gives the same draws; left out, they are new each time.
            model: a name from /models; left out, the default.
        Returns:
            {z: [n][d], images: [n][28][28] in [0, 1]}.
        """
        vae = self.model(model)
        n = whole_number("n", n, 1, MAX_SAMPLES)
        if not is_number(temperature) or not 0 <= temperature <= MAX_TEMPERATURE:
            raise Problem("problem.temperature", largest=f"{MAX_TEMPERATURE:g}", given=reprlib.repr(temperature))
        seed = secrets.randbits(32) if seed is None else whole_number("seed", seed, 0, 2**63 - 1)
        generator = np.random.default_rng(seed)
        if source == "prior":
            z = temperature * generator.standard_normal((n, vae.latent_dim), dtype=np.float32)
        elif source == "data":
            z = sampler.draw(self._sampler(model), n, generator, temperature)
        else:
            raise Problem("problem.source", given=reprlib.repr(source))
        return {"z": z.tolist(), "images": decode(vae, z).tolist()}

    async def morph(
        self,
        image_a: FileData,
        image_b: FileData,
        steps: int = 16,
        path: Literal["linear", "spherical", "geodesic"] = "linear",
        model: str | None = None,
    ) -> dict:
        """Follow a path through latent space from one image to another.

        Args:
            image_a: an image file of a digit, as for /encode: the start.
            image_b: an image file of a digit: the end.
            steps: how many images, both ends included, 2 to 200.
            path: "linear" is straight, "spherical" follows the arc, along "geodesic" the image changes least.
            model: a name from /models; left out, the default.
        Returns:
            {z: [steps][d], images: [steps][28][28] in [0, 1], gif: a file that plays the path there and back}.
        """
        steps = whole_number("steps", steps, 2, MAX_STEPS)
        if path not in ("linear", "spherical", "geodesic"):
            raise Problem("problem.path", given=reprlib.repr(path))
        files = image_path(image_a), image_path(image_b)
        line = self.lines.geodesics if path == "geodesic" else self.lines.animations
        return await line.run(self._morph, files, steps, path, model)

    def _morph(self, files: tuple[Path, Path], steps: int, path: str, model: str | None) -> dict:
        import torch

        from vae import latent

        vae, data = self.model(model), self.card(model).data
        a, b = (torch.from_numpy(self.encode_image(self.read(file, data).image, vae)[0]) for file in files)
        t = torch.linspace(0, 1, steps)
        if path == "geodesic":
            card = self.card(model)
            curve = torch.from_numpy(search(card.folder, card.metrics["sha256"], a.numpy(), b.numpy()))
            z = latent.between(curve, t * (len(curve) - 1)).numpy()
        else:
            z = (latent.lerp if path == "linear" else latent.slerp)(a, b, t).numpy()
        images = decode(vae, z)
        frames = [enlarged(x) for x in (*images, *images[-2:0:-1])]
        return {"z": z.tolist(), "images": images.tolist(), "gif": saved(animation(frames, "gif"), "morph.gif")}

    def card(self, name: str | None) -> Card:
        """What is known of a model by name, or of the default one."""
        if self.default is None:
            raise Problem("problem.no_models")
        name = self.default if name is None else name
        if not isinstance(name, str) or name not in self.cards:
            raise Problem("problem.unknown_model", name=reprlib.repr(name), models=", ".join(self.cards))
        return self.cards[name]

    def model(self, name: str | None) -> Any:
        """A model by name, or the default one; a wrong name is answered with a sentence."""
        import torch

        torch.set_num_threads(1)  # images come one by one, and several threads for one of them only wait for each other
        card = self.card(name)
        with said_of(card):
            return loaded(card.folder, card.metrics["sha256"])

    def _sampler(self, name: str | None) -> sampler.Mixture:
        card = self.card(name)
        with said_of(card):
            return self._load_sampler(card.folder)

    def read(self, path: Path, data: str, crop: Any = None) -> "Found":
        """What a dataset has images of, in an image file; looked for within a crop where there is one."""
        from vae import images

        edits = images.Edits(crop=shares(crop))
        try:
            return images.find(images.load(path), edits, data)
        except images.ImageError as error:
            raise Problem(error.code) from error

    def encode_image(self, x: np.ndarray, vae: Any) -> tuple[np.ndarray, np.ndarray]:
        """mu [D] and logvar [D] of an image [28, 28]."""
        import torch

        with torch.inference_mode():
            mu, logvar = vae.encode(torch.from_numpy(x)[None])
        return mu[0].numpy(), logvar[0].numpy()

    def endpoints(self) -> dict[str, Callable]:
        """What programs may call, by name, each in its line."""
        functions = (self.models, self.encode, self.decode, self.sample, self.morph)
        return {fn.__name__: in_line(fn, self.lines.images) for fn in functions}


@on_zero_gpu
def search(folder: Path, sha256: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The geodesic from a [D] to b [D] in a model's latent space: the points [n, D] that were found on it."""
    import torch

    from vae import latent

    *_, curve = latent.geodesic(loaded(folder, sha256).decode, torch.from_numpy(a), torch.from_numpy(b))
    return curve.numpy()


def in_line(fn: Callable, line: Work) -> Callable:
    """The same function, which waits for its turn; one that is asynchronous does so by itself."""

    @wraps(fn)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await (fn(*args, **kwargs) if inspect.iscoroutinefunction(fn) else line.run(fn, *args, **kwargs))

    return wrapper


@contextmanager
def said_of(card: Card) -> Iterator[None]:
    """What is wrong with a checkpoint, as a Problem that does not tell where it lies."""
    try:
        yield
    except CheckpointError as error:
        raise Problem("problem.checkpoint", detail=str(error).replace(str(card.folder), card.name)) from error


def image_path(image: Any) -> Path:
    """The uploaded file behind a caller's argument; nothing else on this machine can be named."""
    uploaded = isinstance(image, dict) and image.get("meta") == {"_type": "gradio.FileData"} and image.get("path")
    if not uploaded:
        raise Problem("problem.file")
    return file_of(image)


def saved(content: bytes, name: str) -> FileData:
    """A file in Gradio's cache, as the client expects files."""
    path = save_bytes_to_cache(content, name, get_upload_folder())
    return cast(FileData, FileData(path=path, orig_name=name).model_dump())  # in JSON's form, as Gradio wants it
