"""MNIST's own layout of a digit, from its ink: LeCun's rule.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998), section III-A: the
digit is scaled to fit a 20 x 20 box while keeping its shape, then placed so that its centre of mass is the centre of a
28 x 28 field.
"""

import math

import numpy as np
from PIL import Image
from scipy import ndimage

FIELD, BOX = 28, 20
THIN_STROKE, USUAL_STROKE = 1.1, 2.3  # in pixels of the 20 x 20 box: hardly any MNIST digit is thinner; their median


def layout(ink: np.ndarray) -> np.ndarray:
    """Lay a digit out as MNIST does.

    Args:
        ink: float [h, w] in [0, 1], exactly 0 wherever there is none, above 0.5 somewhere, cropped to `extent`.
    Returns:
        float32 [28, 28] in [0, 1]: white ink on black, the strongest at 1, the longer side 20 pixels, the centre of
        mass in [13.5, 14.5) both ways. Strokes thinner than nearly all of MNIST's are widened first.
    """
    width = stroke_width(ink > 0.5) * BOX / max(ink.shape)
    if width < THIN_STROKE:
        ink = thicken(ink, USUAL_STROKE - width)
        ink = ink[extent(ink)]
    ink = fit(ink, BOX)
    return place(ink / ink.max())


def stroke_width(mask: np.ndarray) -> float:
    """Mean width of the strokes in pixels: twice their area over the length of their outline."""
    outline = sum(np.count_nonzero(np.diff(np.pad(mask, 1), axis=axis)) for axis in (0, 1)) * math.pi / 4
    return 2 * np.count_nonzero(mask) / outline


def extent(ink: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the ink's bounding box: in a small image of every trace, in a large one without the blur
    around strokes."""
    inside = ink > (0.2 if max(ink.shape) > FIELD else 0)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def thicken(ink: np.ndarray, extra: float) -> np.ndarray:
    """Widen every stroke by `extra` pixels of the 20 x 20 box, as if drawn with a broader pen."""
    finer = 10
    radius = finer * extra / 2
    reach = math.ceil(radius)
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    return ndimage.grey_dilation(np.pad(fit(ink, finer * BOX), reach), footprint=x * x + y * y <= radius * radius)


def fit(ink: np.ndarray, side: int) -> np.ndarray:
    """Scale ink [h, w] so that its longer side is `side`; its shape is kept."""
    scale = side / max(ink.shape)
    height, width = (max(1, round(length * scale)) for length in ink.shape)
    method = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BICUBIC
    resized = Image.fromarray(ink.astype(np.float32)).resize((width, height), method)
    return np.clip(np.asarray(resized), 0, 1)


def place(ink: np.ndarray) -> np.ndarray:
    """Lay ink [h, w] into the field by whole pixels, its centre of mass in [13.5, 14.5) as in every MNIST digit."""
    field = np.zeros((FIELD, FIELD), np.float32)
    top, left = (
        min(max(math.ceil((FIELD - 1) / 2 - centre), 0), FIELD - length)
        for centre, length in zip(ndimage.center_of_mass(ink), ink.shape, strict=True)
    )
    field[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return field
