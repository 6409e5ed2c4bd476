"""Finds the ink of a handwritten digit in an image: a small network marks it, see vae/images/network.py.

The network looks at the whole image first, then nearer at what it has found there, or from farther away where the image
is cut close to it. ui/static/maths/ink.js does the same.
"""

import math
from itertools import combinations
from typing import Literal

import numpy as np
from scipy import ndimage

from vae.images.files import LUMA, NoDigit
from vae.images.found import Edits, Found, within
from vae.images.layout import FIELD, extent, layout
from vae.images.look import SIDE, Look

SHARE = 0.62  # of the field that the digit's longer side is to take when the network looks nearer
NEAR = 0.45  # with less, it looks nearer
# Where it takes more than FAR, and there is ink within CUT (a share of the image's longer side) of at least CUT_SIDES
# of the image's sides, the network looks from farther away, so that it takes FAR_SHARE, amid the colour of the image's
# edge.
FAR, CUT, CUT_SIDES, FAR_SHARE = 0.8, 0.02, 2, 0.77
SMALL = 0.14  # with less, or nothing found, it looks at the whole image with twice as many pixels
LOOKS = 3  # at most
SMALLEST_PART = 0.05  # a part with less than this share of the largest one's ink is a speck
SURE = 0.5  # of KINDS; below it the network is in doubt
LEAST_CONFIDENCE = 0.62  # with less, there is no digit
# Two parts are two digits where the smaller has this share of the other's ink and height, and a gap lies between them.
ALIKE_INK, ALIKE_HEIGHT = 0.3, 0.6
EVEN = 0.004  # in brightness, at most: a step of an 8-bit image
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
    drawing = small_drawing(part)
    if drawing is not None:
        ink, polarity = drawing
        rows, columns = digit = extent(ink)
        box = columns.start, rows.start, columns.stop, rows.stop
        return Found(layout(ink[digit]), corner.shares(box, rgb), polarity, False, 1.0)
    look, ink, kinds, sure = search(part, edits)
    polarity = "light" if contrast(ink, look.at(part, len(ink))) > 0 else "dark"
    digit, box = extent(ink), box_in(look, ink)
    several = bool(kinds[2] > SURE) or stand_apart(ink)
    return Found(layout(ink[digit]), corner.shares(box, rgb), polarity, several, sure)


def small_drawing(rgb: np.ndarray) -> tuple[np.ndarray, Literal["dark", "light"]] | None:
    """The ink of an image as small as MNIST's own, in greys on an even ground, or None where it is no such image.

    It has the resolution of the result: its greys are taken as they are, so that an image of MNIST comes back the same.
    """
    if max(rgb.shape[:2]) > FIELD or min(rgb.shape[:2]) < 3 or np.ptp(rgb, axis=2).max() > EVEN:
        return None
    grey = rgb[..., 0]
    edge = edge_of(grey)
    ground = float(np.median(edge))
    ink = abs(grey - ground)
    if np.ptp(edge) > EVEN or ink.max() < 0.5:
        return None
    polarity: Literal["dark", "light"] = "light" if grey.ravel()[ink.argmax()] > ground else "dark"
    return (ink / ink.max()).astype(np.float32), polarity


def search(rgb: np.ndarray, edits: Edits) -> tuple[Look, np.ndarray, np.ndarray, float]:
    """Look at an image, and nearer where the digit is small: the last look, its ink [n, n], its kinds [3], and how sure
    it is that there is a digit.

    Near enough, a piece of anything may look like a stroke: that there is none is believed of any look in which the
    digit would be large enough to be seen.

    Raises:
        NoDigit: there is no ink.
    """
    look = Look.whole(rgb.shape)
    ink, kinds = mark(look, rgb, edits)
    none = kinds[0] if longest(ink) >= SMALL else 0.0
    if longest(ink) < SMALL:
        ink, kinds = mark(look, rgb, edits, 2 * SIDE)
    if is_cut_close(look, ink, rgb.shape):
        look = Look.around(box_in(look, ink), FAR_SHARE, tuple(np.median(edge_of(rgb), axis=0).tolist()))
        none = max(none, kinds[0])
        ink, kinds = mark(look, rgb, edits)
    for _ in range(LOOKS - 1):
        if not 0 < longest(ink) < NEAR:
            break
        look = Look.around(box_in(look, ink), SHARE)
        ink, kinds = mark(look, rgb, edits)
        none = max(none, kinds[0])
    none = max(none, kinds[0])
    sure = float((1 - none) * decided(ink)) if longest(ink) else 0.0
    if sure < LEAST_CONFIDENCE:
        raise NoDigit("image.no_digit")
    return look, ink, kinds, sure


def is_cut_close(look: Look, ink: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Whether the image is cut so close to its ink that nothing shows what lies around it."""
    if longest(ink) <= FAR:
        return False
    left, top, right, bottom = box_in(look, ink)
    height, width = shape[:2]
    rooms = left, top, width - right, height - bottom
    return sum(room <= CUT * max(height, width) for room in rooms) >= CUT_SIDES


def box_in(look: Look, ink: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the ink [n, n] that is seen in a look, in the image's pixels."""
    rows, columns = extent(ink)
    return look.box((columns.start, rows.start, columns.stop, rows.stop), len(ink))


def edge_of(image: np.ndarray) -> np.ndarray:
    """An image's [H, W, ...] outermost pixels [N, ...], those of the corners twice."""
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


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
    strongest = np.zeros(count + 1, ink.dtype)
    np.maximum.at(strongest, parts.ravel(), ink.ravel())  # ndimage.maximum sorts all pixels
    kept = (mass > SMALLEST_PART * mass[1:].max(initial=0)) & (strongest > 0.5)
    kept[0] = False
    if polarity:
        for part in np.flatnonzero(kept):
            kept[part] = (contrast(np.where(parts == part, ink, 0), seen) > 0) == (polarity == "light")
    return np.where(kept[parts], ink, 0)


def stand_apart(ink: np.ndarray) -> bool:
    """Whether parts of the ink [n, n] stand beside or above each other as two digits do: alike, with a gap between."""
    parts, count = ndimage.label(ink > FAINTEST, np.ones((3, 3)))
    mass, places = ndimage.sum_labels(ink, parts, np.arange(1, count + 1)), ndimage.find_objects(parts)
    for first, second in combinations(range(count), 2):
        tall = [places[part][0].stop - places[part][0].start for part in (first, second)]
        inks = mass[first], mass[second]
        if min(inks) < ALIKE_INK * max(inks) or min(tall) < ALIKE_HEIGHT * max(tall):
            continue
        for a, b in zip(places[first], places[second], strict=True):
            if a.stop <= b.start or b.stop <= a.start:
                return True
    return False


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


def decided(ink: np.ndarray) -> float:
    """How far from one half the ink [n, n] is, in the mean over the ink: 1 where all of it is certain."""
    return float(np.average(abs(2 * ink - 1), weights=ink))
