"""What the page asks of the server: image files that browsers do not read, and paths as files.

Stateless like the endpoints for programs: the page sends what it wants to know, and everything in it is checked. An
answer may hold a problem, {code, ...params}, which the page says in its own language.
"""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from ui.api import Api
from ui.checks import Problem, is_number, latent_vector, whole_number
from ui.guard import tell
from ui.render import animation, decode, enlarged, png
from ui.uploads import file_of
from ui.work import Work

MAX_FRAMES = 400
SIDES = (28, 112, 280, 560)  # pixels of a file's images
FORMATS = {"gif": "image/gif", "webp": "image/webp"}


class Studio:
    """The page's side of the server."""

    def __init__(self, api: Api):
        self.api = api

    def questions(self) -> list[Callable]:
        """What the page may ask, as functions for `gr.HTML`: it marks them, which it cannot do to methods."""

        async def ask_convert(question: dict) -> dict:
            return await in_turn(self.api.lines.images, self.convert, question)

        async def ask_animate(question: dict) -> dict:
            return await in_turn(self.api.lines.animations, self.animate, question)

        return [ask_convert, ask_animate]

    def convert(self, question: dict) -> dict:
        """An image file that browsers do not read, as one that they do: TIFF, 16 bits a channel, HEIC.

        Args:
            question: {path: of an uploaded file}.
        Returns:
            {image: a PNG's data URL}; where it cannot be read {problem: {code, ...}}.
        """
        from vae import images

        try:
            pixels = images.pixels(images.load(file_of(question)))
        except images.ImageError as error:
            raise Problem(error.code) from error
        file = png(Image.fromarray((255 * pixels.clip(0, 1)).round().astype(np.uint8)))
        return {"image": "data:image/png;base64," + base64.b64encode(file).decode()}

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
        path = path if isinstance(path, list) else []
        whole_number("The number of frames", len(path), 1, MAX_FRAMES)
        images = decode(vae, np.stack([latent_vector(z, vae.latent_dim) for z in path]))
        data = animation([enlarged(x, side) for x in images], kind)
        return {"type": FORMATS[kind], "data": base64.b64encode(data).decode()}


async def in_turn(line: Work, fn: Callable[[dict], dict], question: Any) -> dict:
    """What a function answers to a question when it is its turn, or the problem with it."""
    try:
        return await line.run(answered, fn, question)
    except Problem as error:  # there are too many
        return {"problem": error.answer()}


def answered(fn: Callable[[dict], dict], question: Any) -> dict:
    """What a function answers to a question, or the problem with it."""
    try:
        if not isinstance(question, dict):
            raise Problem("problem.question")
        return fn(question)
    except Problem as error:
        return {"problem": error.answer()}
    except Exception as error:
        tell(fn.__name__, error)
        return {"problem": Problem("problem.unexpected").answer()}
