"""What the morph studio asks of the server: pictures become stops, stops get the evenest path, a walk becomes a file.

Stateless like the rest: the page sends what it wants to know, and everything in it is checked.
"""

import base64
import io
import reprlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from PIL import Image

from ui.server import Server, animation, decode, enlarged, is_number, latent_vector, problem, whole_number
from vae.checkpoint import Card

if TYPE_CHECKING:  # they import scikit-image, which the page does without until the first picture
    from vae.normalize import Edits

PREVIEW = 336  # pixels of the picture in which the ink's box is shown
MAX_STOPS, MAX_FRAMES = 6, 400
MAX_DRAWING = 2_000_000  # characters
SIDES = (28, 112, 280, 560)  # pixels of a file's pictures
FORMATS = {"gif": "image/gif", "webp": "image/webp"}
SEVERAL = "There seem to be several digits here: drag a box around one of them."
UNUSUAL = (
    "This is unlike the digits that the model knows: it costs {nats:.0f} nats, where all but one in a thousand test "
    "pictures cost less than {limit:.0f}. It morphs all the same."
)


class Studio:
    """The studio's side of the server."""

    def __init__(self, server: Server):
        self.server = server
        self._writers = threading.Semaphore(2)  # files being written at once; no queue of Gradio's stands before them

    def warm_up(self, picture: str) -> None:
        """Do once what a person's first picture asks for: torch is imported, models are read, ink is looked for."""
        import matplotlib.pyplot  # noqa: F401 Gradio would, at its first event

        self.stop(picture, {})

    def uploaded(self, path: str | None, asked: dict | None, model: str) -> dict | None:
        """A picture was uploaded, or taken away: what the page shows of it, see `stop`; and `after`, the number of the
        page's last question before it, for if the page has asked on meanwhile it comes too late."""
        asked = asked if isinstance(asked, dict) else {}
        after = {"after": asked.get("id", asked.get("after"))}
        if path is not None:
            return self.stop(path, {"model": model}) | after
        return gr.skip() if asked.get("source") else after  # it made room for a drawing

    def asked(self, path: str | None, asked: dict | None) -> dict | None:
        """A person has drawn, taken a code or corrected what was found; see `stop`."""
        return self.stop(path, asked) if isinstance(asked, dict) else None

    def stop(self, path: str | None, asked: dict) -> dict | None:
        """One stop of a morph.

        Args:
            path: an uploaded picture.
            asked: {id: the page's own number of the question, model, source: {drawing: a PNG's data URL} or {z, pixels
                [784], model} instead of an upload, edits: {polarity, threshold, crop}}; only the model is needed.
        Returns:
            {id, model, source, edits, image [28][28], mu, plain: {model, mu} by the plain autoencoder beside it,
            remarks, found: {picture: data URL, box, polarity, threshold}}; or {id, model, source, edits, problem: a
            sentence, found: {picture}}; None where there is nothing. `found` is missing where nothing had to be found.
        """
        source, given = asked.get("source"), asked.get("edits") or {}
        if path is None and not source:
            return None
        answer = {"model": asked.get("model"), "source": source, "edits": given}
        if "id" in asked:  # not with an upload, which the page does not ask about itself
            answer["id"] = asked["id"]
        try:
            if source is not None and not isinstance(source, dict):
                raise problem("A source is a drawing, or a code with its picture.")
            vae, card = self.server.model(asked.get("model")), self.server.card(asked.get("model"))
            if source and "pixels" in source:
                picture, remarks = pixels_of(source), []
            else:
                picture, remarks = self._find(path, source, given, answer)
            mu, nats = encode(vae, picture)
            if source and source.get("model") == card.name and "z" in source:
                mu = latent_vector(source["z"], vae.latent_dim)
            elif nats > card.unusual:
                remarks.append(UNUSUAL.format(nats=nats, limit=card.unusual))
            plain = self._plain(card)
            beside = plain and {"model": plain.name, "mu": encode(self.server.model(plain.name), picture)[0].tolist()}
        except gr.Error as error:
            return answer | {"problem": error.message}
        return answer | {"image": picture.round(4).tolist(), "mu": mu.tolist(), "plain": beside, "remarks": remarks}

    def geodesics(self, asked: dict) -> Iterator[dict]:
        """The path along which the picture changes least, from each stop to the next; better and better ones.

        Args:
            asked: {model, key, legs: [[a, b], ...]: the codes at either end of each leg}.
        Returns:
            Iterator over {key, progress in [0, 1], legs: [[n + 1][d]] of those that were found so far}, or {key,
            problem}.
        """
        import torch

        from vae import latent

        key = asked.get("key") if isinstance(asked, dict) else None
        try:
            vae, legs = self.server.model(asked.get("model")), asked.get("legs")
            if (
                not isinstance(legs, list)
                or not 1 <= len(legs) <= MAX_STOPS
                or not all(isinstance(leg, list) and len(leg) == 2 for leg in legs)
            ):
                raise problem(f"legs are 1 to {MAX_STOPS} pairs of codes.")
            ends = [[torch.from_numpy(latent_vector(z, vae.latent_dim)) for z in leg] for leg in legs]
        except gr.Error as error:
            yield {"key": key, "problem": error.message}
            return
        done = []
        for a, b in ends:
            for turn, curve in enumerate(latent.geodesic(vae.decode, a, b), 1):
                progress = (len(done) + turn / latent.ROUNDS) / len(ends)
                walk = [*done, curve.tolist()]
                yield {"key": key, "progress": progress, "legs": walk}
            done = walk

    def animate(self, asked: dict) -> dict:
        """A walk as an animation.

        Args:
            asked: {model, z [n][d]: what is to be seen, in turn, format: "gif" or "webp", side: pixels}.
        Returns:
            {type, data: base64}, or {problem: a sentence}.
        """
        try:
            known = isinstance(asked, dict) and isinstance(asked.get("format"), str) and is_number(asked.get("side"))
            if not known or asked["format"] not in FORMATS or asked["side"] not in SIDES:
                raise problem(f"format is one of {', '.join(FORMATS)}, side one of {', '.join(map(str, SIDES))}.")
            vae, walk = self.server.model(asked.get("model")), asked.get("z")
            whole_number("The number of frames", len(walk) if isinstance(walk, list) else 0, 1, MAX_FRAMES)
            pictures = decode(vae, np.stack([latent_vector(z, vae.latent_dim) for z in walk]))
        except gr.Error as error:
            return {"problem": error.message}
        with self._writers:
            data = animation([enlarged(picture, asked["side"]) for picture in pictures], asked["format"])
        return {"type": FORMATS[asked["format"]], "data": base64.b64encode(data).decode()}

    def _find(self, path: str | None, source: dict | None, given: dict, answer: dict) -> tuple[np.ndarray, list]:
        """The digit [28, 28] of an upload or a drawing, and remarks; the picture, and what was found in it, go into
        `answer`: the picture is to be seen also where nothing is found."""
        from vae import pictures
        from vae.normalize import find

        try:
            image = pictures.load(io.BytesIO(drawing_of(source)) if source else Path(path))
            answer["found"] = {"picture": preview(pictures.planes(image))}
            found = find(image, edits_of(given, bool(source)))
        except pictures.PictureError as error:
            raise problem(str(error)) from error
        answer["found"] |= {"box": found.box, "polarity": found.polarity, "threshold": round(found.threshold, 3)}
        return found.picture, [SEVERAL] if found.several else []

    def _plain(self, card: Card) -> Card | None:
        """The plain autoencoder to compare a VAE with: of the same data, and if there is one of the same size."""
        if not card.variational:
            return None
        others = [other for other in self.server.cards.values() if other.data == card.data and not other.variational]
        return min(others, key=lambda other: abs(other.latent_dim - card.latent_dim), default=None)


def encode(vae: Any, picture: np.ndarray) -> tuple[np.ndarray, float]:
    """mu [D] of a picture [28, 28], and the nats of its reconstruction at mu."""
    import torch

    with torch.inference_mode():
        x = torch.from_numpy(picture).float().reshape(1, -1)
        mu, _ = vae.encode(x)
        return mu[0].numpy(), vae.reconstruction(x, vae.logits(mu)).item()


def pixels_of(source: dict) -> np.ndarray:
    """A picture [28, 28] that the page has decoded itself."""
    values = source["pixels"]
    if not isinstance(values, list) or len(values) != 784 or not all(is_number(v) and 0 <= v <= 1 for v in values):
        raise problem("pixels are 784 numbers from 0 to 1.")
    return np.array(values, np.float32).reshape(28, 28)


def drawing_of(source: dict) -> bytes:
    """The PNG file of a drawing."""
    start, url = "data:image/png;base64,", source.get("drawing")
    if not isinstance(url, str) or not url.startswith(start) or len(url) > MAX_DRAWING:
        raise problem("A drawing is a PNG's data URL.")
    try:
        return base64.b64decode(url[len(start) :], validate=True)
    except ValueError as error:
        raise problem("A drawing is a PNG's data URL.") from error


def edits_of(given: dict, drawn: bool) -> "Edits":
    """What a person says of a picture; the pad is drawn on with light ink."""
    from vae.normalize import Edits

    try:
        crop = given.get("crop")
        return Edits(
            polarity="light" if drawn else given.get("polarity") or None,
            threshold=given.get("threshold"),
            crop=None if crop is None else tuple(map(float, crop)),
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise problem(f"The corrections cannot be used: {reprlib.repr(given)}.") from error


def preview(planes: list[np.ndarray]) -> str:
    """A small picture, as a data URL, of the planes that the ink is looked for in."""
    values = np.stack(planes[1:4], 2) if len(planes) > 1 else planes[0]
    image = Image.fromarray((255 * values.clip(0, 1)).astype(np.uint8))
    image.thumbnail((PREVIEW, PREVIEW))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
