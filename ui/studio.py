"""What the page asks of the server: image files and drawings become stops of a morph, paths become files.

Stateless like the endpoints for programs: the page sends what it wants to know, and everything in it is checked. An
answer may hold a problem, {code, ...params}, which the page says in its own language.
"""

import base64
import io
import reprlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from gradio.utils import get_upload_folder
from PIL import Image

from ui.api import Api
from ui.checks import Problem, is_number, latent_vector, pixels, whole_number
from ui.render import animation, decode, enlarged

if TYPE_CHECKING:  # they import scikit-image, which the page does without until the first image file
    from vae.images import Edits

PREVIEW = 336  # pixels of the image in which the ink's box is shown
MAX_FRAMES = 400
MAX_MODELS = 2  # that an image is encoded for at once: the chosen one, and the plain autoencoder beside it
MAX_DRAWING = 2_000_000  # characters
SIDES = (28, 112, 280, 560)  # pixels of a file's images
FORMATS = {"gif": "image/gif", "webp": "image/webp"}


class Studio:
    """The page's side of the server."""

    def __init__(self, api: Api):
        self.api = api
        self._writers = threading.Semaphore(2)  # animations being written at once

    def questions(self) -> list[Callable]:
        """What the page may ask, as functions for `gr.HTML`: it marks them, which it cannot do to methods."""

        def ask_stop(question: dict) -> dict:
            return answered(self.stop, question)

        def ask_animate(question: dict) -> dict:
            return answered(self.animate, question)

        return [ask_stop, ask_animate]

    def warm_up(self, file: str) -> None:
        """Do once what a person's first image asks for: torch is imported, models are read, ink is looked for."""
        import matplotlib.pyplot  # noqa: F401 Gradio would, at its first event

        if self.api.default:
            self._encode(self._find(Path(file), {}, {}), [self.api.default])

    def stop(self, question: dict) -> dict:
        """The image of a stop, and its codes.

        Args:
            question: {models: names to encode for, source: {path: of an uploaded file}, {drawing: a PNG's data URL} or
                {pixels [784]}, edits: {polarity, threshold, crop}}.
        Returns:
            {image [28][28], codes: {model: mu [D]}, remarks: [{code, ...}], found: {preview: data URL, box, polarity,
            threshold}}; `found` is missing where nothing had to be found. Where nothing is found {problem: {code, ...},
            found: {preview}}.
        """
        source, edits, models = question.get("source"), question.get("edits") or {}, question.get("models")
        if (
            not isinstance(source, dict)
            or not isinstance(edits, dict)
            or not isinstance(models, list)
            or not 1 <= len(models) <= MAX_MODELS
        ):
            raise Problem("problem.question")
        answer: dict[str, Any] = {"remarks": []}
        try:
            if "pixels" in source:
                x = pixels(source["pixels"])
            elif "drawing" in source:  # with light ink, as the pad has it
                x = self._find(io.BytesIO(drawing_of(source)), {**edits, "polarity": "light"}, answer)
            else:
                x = self._find(file_of(source), edits, answer)
        except Problem as error:
            return answer | {"problem": error.answer()}
        codes, remarks = self._encode(x, models)
        remarks = answer["remarks"] + ([] if "pixels" in source else remarks)
        return answer | {"image": x.round(4).tolist(), "codes": codes, "remarks": remarks}

    def animate(self, question: dict) -> dict:
        """A path as an animation.

        Args:
            question: {model, z [n][d]: what is to be seen, in turn, format: "gif" or "webp", side: pixels}.
        Returns:
            {type, data: base64}.
        """
        kind, side, path = question.get("format"), question.get("side"), question.get("z")
        if not isinstance(kind, str) or kind not in FORMATS or not is_number(side) or side not in SIDES:
            raise Problem("problem.question")
        vae = self.api.model(question.get("model"))
        whole_number("The number of frames", len(path) if isinstance(path, list) else 0, 1, MAX_FRAMES)
        images = decode(vae, np.stack([latent_vector(z, vae.latent_dim) for z in path]))
        with self._writers:
            data = animation([enlarged(x, side) for x in images], kind)
        return {"type": FORMATS[kind], "data": base64.b64encode(data).decode()}

    def _find(self, file: Path | io.BytesIO, edits: dict, answer: dict) -> np.ndarray:
        """The digit [28, 28] of an image file or a drawing. A preview, and what was found in it, go into `answer`: the
        preview is to be seen also where nothing is found."""
        from vae import images

        try:
            image = images.load(file)
            answer["found"] = {"preview": preview(images.planes(image))}
            found = images.find(image, edits_of(edits))
        except images.ImageError as error:
            raise Problem(error.code) from error
        answer["found"] |= {"box": found.box, "polarity": found.polarity, "threshold": round(found.threshold, 3)}
        answer["remarks"] = [{"code": "image.several"}] if found.several else []
        return found.image

    def _encode(self, x: np.ndarray, models: list) -> tuple[dict, list]:
        """Codes {model: mu [D]} of an image [28, 28], and what is to be said of it under the first of the models."""
        codes, remarks = {}, []
        for name in models:
            mu, nats = encode(self.api.model(name), x)
            codes[name] = mu.tolist()
            limit = self.api.card(name).unusual
            if name == models[0] and nats > limit:
                remarks.append({"code": "image.unusual", "nats": f"{nats:.0f}", "limit": f"{limit:.0f}"})
        return codes, remarks


def answered(fn: Callable[[dict], dict], question: Any) -> dict:
    """What a function answers to a question, or the problem with it."""
    try:
        if not isinstance(question, dict):
            raise Problem("problem.question")
        return fn(question)
    except Problem as error:
        return {"problem": error.answer()}


def encode(vae: Any, x: np.ndarray) -> tuple[np.ndarray, float]:
    """mu [D] of an image [28, 28], and the nats of its reconstruction at mu."""
    import torch

    with torch.inference_mode():
        rows = torch.from_numpy(x).float().reshape(1, -1)
        mu, _ = vae.encode(rows)
        return mu[0].numpy(), vae.reconstruction(rows, vae.logits(mu)).item()


def file_of(source: dict) -> Path:
    """An uploaded file; nothing else on this machine can be named."""
    folder = Path(get_upload_folder()).resolve()
    try:
        path = Path(source["path"]).resolve()
        is_ours, is_there = path.is_relative_to(folder), path.is_file()
    except (KeyError, TypeError, ValueError, OSError) as error:  # no path, or none that a file could have
        raise Problem("problem.question") from error
    if not is_ours:
        raise Problem("problem.question")
    if not is_there:
        raise Problem("problem.upload")
    return path


def drawing_of(source: dict) -> bytes:
    """The PNG file of a drawing."""
    start, url = "data:image/png;base64,", source.get("drawing")
    if not isinstance(url, str) or not url.startswith(start) or len(url) > MAX_DRAWING:
        raise Problem("problem.question")
    try:
        return base64.b64decode(url[len(start) :], validate=True)
    except ValueError as error:
        raise Problem("problem.question") from error


def edits_of(given: dict) -> "Edits":
    """What a person says of an image."""
    from vae.images import Edits

    try:
        crop = given.get("crop")
        return Edits(
            polarity=given.get("polarity") or None,
            threshold=given.get("threshold"),
            crop=None if crop is None else tuple(map(float, crop)),
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise Problem("problem.edits", given=reprlib.repr(given)) from error


def preview(planes: list[np.ndarray]) -> str:
    """A small image, as a data URL, of the planes that the ink is looked for in."""
    values = np.stack(planes[1:4], 2) if len(planes) > 1 else planes[0]
    image = Image.fromarray((255 * values.clip(0, 1)).astype(np.uint8))
    image.thumbnail((PREVIEW, PREVIEW))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
