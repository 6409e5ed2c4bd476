"""Any image file of a digit, made into the 28 x 28 image that MNIST's authors would have made of it."""

import numpy as np
from PIL import Image

from vae.images.clothes import find_clothes
from vae.images.files import ImageError, NoDigit, load, pixels
from vae.images.found import Edits, Found
from vae.images.ink import find_ink

__all__ = ["Edits", "Found", "ImageError", "NoDigit", "find", "load", "normalize", "pixels"]

FINDERS = {"mnist": find_ink, "fashion": find_clothes}


def find(image: Image.Image, edits: Edits | None = None, data: str = "mnist") -> Found:
    """Find what a dataset has images of in any image, and lay it out as that dataset does.

    Args:
        image: of one digit (or one piece of clothing on a plain ground), of any size and mode: dark on light or
            light on dark, on an opaque or a transparent background.
        edits: corrections by a person.
        data: the dataset, "mnist" or "fashion".

    Returns:
        The 28 x 28 image, and where and how it was found.

    Raises:
        NoDigit: there is none.
        ImageError: the image is empty, or its colours cannot be read.
    """
    return FINDERS[data](pixels(image), edits or Edits())


def normalize(image: Image.Image) -> np.ndarray:
    """The digit of an image as MNIST has it, float32 [28, 28] in [0, 1]: white ink on black; see `find`."""
    return find(image).image
