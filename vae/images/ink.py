"""Finds the ink of a handwritten digit in an image: a small network marks it, see vae/images/network.py.

The network looks at the whole image first, then nearer at what it has found there. ui/static/maths/ink.js does the
same.
"""

import math

import numpy as np
from scipy import ndimage

from vae.images.files import LUMA, NoDigit
from vae.images.found import Edits, Found, within
from vae.images.layout import extent, layout
from vae.images.look import SIDE, Look

SHARE = 0.62  # of the field that the digit's longer side is to take when the network looks nearer
NEAR = 0.45  # with less, it looks nearer
SMALL = 0.14  # with less, or nothing found, it looks at the whole image with twice as many pixels
LOOKS = 3  # at most
SMALLEST_PART = 0.05  # a part with less than this share of the largest one's ink is a speck
SURE = 0.5  # of KINDS; below it the network is in doubt
LEAST_CONFIDENCE = 0.35  # with less, there is no digit
FAINTEST = 0.03  # a pixel that is less probably ink is none


def find_ink(rgb: np.ndarray, edits: Edits) -> Found:
    """Find a handwritten digit, and lay it out as MNIST does (LeCun et al. 1998, section III-A).

    Args:
        rgb: an image's pixels [H, W, 3] in [0, 1].
        edits: corrections by a person.
    Raises:
        NoDigit: there is none.
    """
    part, corner = within(rgb, edits.crop)
    look, ink, kinds = search(part, edits)
    polarity = "light" if contrast(ink, look.at(part, len(ink))) > 0 else "dark"
    rows, columns = digit = extent(ink)
    box = look.box((columns.start, rows.start, columns.stop, rows.stop), len(ink))
    several = bool(kinds[2] > SURE)
    return Found(layout(ink[digit]), corner.shares(box, rgb), polarity, several, confidence(ink, kinds))


def search(rgb: np.ndarray, edits: Edits) -> tuple[Look, np.ndarray, np.ndarray]:
    """Look at an image, and nearer where the digit is small: the last look, its ink [n, n] and its kinds [3].

    Raises:
        NoDigit: there is no ink.
    """
    look = Look.whole(rgb.shape)
    ink, kinds = mark(look, rgb, edits)
    if longest(ink) < SMALL:
        ink, kinds = mark(look, rgb, edits, 2 * SIDE)
    for _ in range(LOOKS - 1):
        if not 0 < longest(ink) < NEAR:
            break
        rows, columns = extent(ink)
        look = Look.around(look.box((columns.start, rows.start, columns.stop, rows.stop), len(ink)), SHARE)
        ink, kinds = mark(look, rgb, edits)
    if not longest(ink) or confidence(ink, kinds) < LEAST_CONFIDENCE:
        raise NoDigit("image.no_digit")
    return look, ink, kinds


def mark(look: Look, rgb: np.ndarray, edits: Edits, size: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    """The ink [size, size] that the network sees in a look, and how probable it finds each of KINDS [3]."""
    import torch

    from vae.images import network

    seen = look.at(rgb, size)
    with torch.inference_mode():
        logits, kinds = network.load()(torch.from_numpy(seen.transpose(2, 0, 1))[None])
        if edits.threshold is not None:
            logits = logits + math.log(1 / edits.threshold - 1)
        ink, kinds = torch.sigmoid(logits[0]).numpy(), torch.softmax(kinds[0], 0).numpy()
    ink[(ink < FAINTEST) | ~inside(look, rgb.shape, size)] = 0
    return digit_alone(ink, seen, edits.polarity), kinds


def inside(look: Look, shape: tuple[int, ...], size: int) -> np.ndarray:
    """Which pixels [size, size] of a look lie in the image: beyond it, strokes that touch the edge are repeated."""
    within = (
        (centres > 0) & (centres < length)
        for start, length in ((look.top, shape[0]), (look.left, shape[1]))
        for centres in [start + (np.arange(size) + 0.5) * look.side / size]
    )
    return np.outer(*within)


def digit_alone(ink: np.ndarray, seen: np.ndarray, polarity: str | None) -> np.ndarray:
    """The ink [n, n] without specks and faint traces far from strokes, and, where a person has said that it is dark or
    light, without parts that are not."""
    parts, count = ndimage.label(ink > FAINTEST, np.ones((3, 3)))
    mass = ndimage.sum_labels(ink, parts, np.arange(count + 1))
    strongest = ndimage.maximum(ink, parts, np.arange(count + 1))
    kept = (mass > SMALLEST_PART * mass[1:].max(initial=0)) & (strongest > 0.5)
    kept[0] = False
    if polarity:
        for part in np.flatnonzero(kept):
            kept[part] = (contrast(np.where(parts == part, ink, 0), seen) > 0) == (polarity == "light")
    return np.where(kept[parts], ink, 0)


def contrast(ink: np.ndarray, seen: np.ndarray) -> float:
    """How much brighter the ink [n, n] is than what is around it in a look [n, n, 3]."""
    luma = seen @ LUMA
    around = ndimage.maximum_filter(ink, 9) * (ndimage.maximum_filter(ink, 3) < FAINTEST)
    if not around.any():
        around = 1 - ink
    return float(np.average(luma, weights=ink) - np.average(luma, weights=around + 1e-9))


def longest(ink: np.ndarray) -> float:
    """The longer side of the ink [n, n], as a share of the field; 0 where there is none."""
    return max(part.stop - part.start for part in extent(ink)) / len(ink) if (ink > 0.5).any() else 0.0


def confidence(ink: np.ndarray, kinds: np.ndarray) -> float:
    """How sure it is that there is a digit, and that this is its ink: P(not none) times how decided its pixels are."""
    return float((1 - kinds[0]) * np.average(abs(2 * ink - 1), weights=ink)) if ink.any() else 0.0
