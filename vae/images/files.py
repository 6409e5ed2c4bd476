"""Reads image files safely, and converts them to planes of numbers."""

import math
import warnings
from os import PathLike
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

try:
    from pillow_heif import register_heif_opener  # the format of many phones; the package is optional
except ImportError:
    HEIF: tuple[str, ...] = ()
else:
    register_heif_opener(thumbnails=False)
    HEIF = ("HEIF",)

WORKING_SIDE = 1024  # pixels; larger images are reduced to this before the search for ink
MAX_PIXELS = 64_000_000  # 8,000 x 8,000, of a JPEG, which is decoded at a reduced size
MAX_WHOLE = 25_000_000  # of other formats, which are decoded as a whole: 100 MB with four channels
FORMATS = (
    "JPEG",
    "PNG",
    "GIF",
    "WEBP",
    "BMP",
    "TIFF",
    "PPM",
    "AVIF",
    *HEIF,
)  # no other program is run
# What Pillow warns of, damaged metadata for the most part, are lines in the log that help nobody.
warnings.filterwarnings("ignore", module=r"PIL\.")
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
LEAST_SPREAD = 0.03  # of the brightness of a drawing on its own sheet; with less, what is opaque is the drawing

SENTENCES = {
    "image.too_large": "This image is too large: please choose one of at most 64 megapixels (a JPEG) or"
    " 25 (other formats).",
    "image.unreadable": "This file cannot be read as an image: please choose a JPEG or PNG file.",
    "image.empty": "This image is empty: please choose an image of one digit.",
    "image.no_digit": "No digit stands out here: please choose an image of one digit in clear ink,"
    " or drag a box around it.",
    "image.no_clothes": "Nothing stands out from the ground: please choose an image of one thing on a plain ground.",
}


class ImageError(ValueError):
    """An image file that cannot be used; `code` names the sentence that says what to do."""

    def __init__(self, code: str):
        super().__init__(SENTENCES[code])
        self.code = code


class NoDigit(ImageError):
    """An image file in which no ink stands out from the background."""


def load(source: str | PathLike | BinaryIO) -> Image.Image:
    """Open an image file safely: its first frame, upright, decoded at a reduced size where the format allows it.

    Args:
        source: path or binary file of a JPEG, PNG, GIF, WebP, BMP, TIFF, PPM or AVIF image (HEIC, too, where
            pillow-heif is installed) of at most MAX_PIXELS or MAX_WHOLE.

    Returns:
        The decoded image, turned as its EXIF orientation says. Large JPEGs come back reduced.

    Raises:
        ImageError: the file is no image, is damaged, or (by its header, before decoding) is too large.
    """
    try:
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > (MAX_PIXELS if image.format in ("JPEG", "MPO") else MAX_WHOLE):
                raise ImageError("image.too_large")
            image.draft(None, (WORKING_SIDE, WORKING_SIDE))
            image.load()
            return ImageOps.exif_transpose(image)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError("image.too_large") from error
    except Exception as error:  # decoders raise many types of errors on damaged files
        raise ImageError("image.unreadable") from error


def pixels(image: Image.Image) -> np.ndarray:
    """Red, green and blue of an image: float32 [H, W, 3] in [0, 1], reduced to WORKING_SIDE where it is larger.

    Raises:
        NoDigit: it is empty or wholly transparent.
        ImageError: its colours cannot be read.
    """
    if 0 in image.size:
        raise NoDigit("image.empty")
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        grey = _from_numbers(np.nan_to_num(np.asarray(image)).astype(np.float64))
        return np.repeat(grey[..., None], 3, 2)
    try:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    except ValueError as error:
        raise ImageError("image.unreadable") from error
    colour = np.asarray(_shrink(image), np.float32) / 255
    return _composite(colour[..., :3], colour[..., 3]) if colour.shape[2] == 4 else colour


def _from_numbers(values: np.ndarray) -> np.ndarray:
    """The plane of an image whose white is 1, 255 or 65535, the least that covers its values, or else its maximum."""
    values = values - min(values.min(), 0)
    white = next((white for white in (1, 255, 65535) if values.max() <= white), values.max())
    return np.asarray(_shrink(Image.fromarray((values / white).astype(np.float32))))


def _shrink(image: Image.Image) -> Image.Image:
    scale = WORKING_SIDE / max(image.size)
    if scale >= 1:
        return image
    size = [max(1, round(side * scale)) for side in image.size]
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=2)


def _composite(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Composite a transparent image [H, W, 3] on a background on which its drawing is visible."""
    if not alpha.any():
        raise NoDigit("image.empty")
    luma = colour @ LUMA
    mean = np.average(luma, weights=alpha)
    spread = math.sqrt(np.average((luma - mean) ** 2, weights=alpha))
    if alpha.mean() > 0.5 and spread > LEAST_SPREAD:  # a drawing on a sheet that has holes or a cut-out edge
        ground = np.median(colour[alpha > 0.5], axis=0)
    else:  # what is opaque is the drawing
        ground = np.float32(mean < 0.5)
    return colour * alpha[..., None] + ground * (1 - alpha[..., None])
