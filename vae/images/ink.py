"""Finds the ink of a handwritten digit in an image file.

MNIST was made from clean black-and-white scans. A photograph has paper, shadows, specks and uneven light: the ink is
found first, then laid out as in MNIST.
"""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.filters import threshold_otsu

from vae.images import background
from vae.images.background import HALF_LEVEL
from vae.images.files import NoDigit, planes
from vae.images.layout import extent, layout, stroke_width

LEAST_CONTRAST = 0.06  # share of the background's brightness; fainter marks are not a digit
SMALLEST_PART = 0.04  # a stroke with less than this share of the largest one's ink is a speck
# Two parts are two digits when the smaller has this share of the other's ink and height, and a gap separates them.
ALIKE_INK, ALIKE_HEIGHT = 0.3, 0.6


@dataclass(frozen=True)
class Edits:
    """Corrections by a person where the ink was not found rightly; None leaves a value to the search.

    Raises:
        ValueError: a value is out of its range.
    """

    polarity: Literal["dark", "light"] | None = None  # of the ink, on its background
    threshold: float | None = None  # of the ink, as a share of the strongest contrast, in (0, 1)
    crop: tuple[float, float, float, float] | None = None  # left, top, right, bottom: shares of the image

    def __post_init__(self):
        if self.polarity not in (None, "dark", "light"):
            raise ValueError(f"polarity is 'dark' or 'light', not {self.polarity!r}")
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise ValueError(f"threshold lies between 0 and 1, not {self.threshold}")
        if self.crop is not None:
            left, top, right, bottom = self.crop
            if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
                raise ValueError(f"crop is left < right and top < bottom in [0, 1], not {self.crop}")


@dataclass(frozen=True)
class Found:
    """The digit of an image file, and how it was found."""

    image: np.ndarray  # float32 [28, 28] in [0, 1]: white ink on black
    box: tuple[float, float, float, float]  # the ink's left, top, right, bottom, in shares of the whole image
    polarity: Literal["dark", "light"]
    threshold: float  # see Edits
    several: bool  # there seem to be several digits


@dataclass(frozen=True)
class _Ink:
    """Ink [H, W] in [0, 1], exactly 0 wherever there is none, and how it was told from the background."""

    ink: np.ndarray
    polarity: Literal["dark", "light"]
    threshold: float


def normalize(image: Image.Image) -> np.ndarray:
    """Find the digit in an image and lay it out as MNIST does; see `find`.

    Args:
        image: of one digit, of any size and mode.

    Returns:
        float32 [28, 28] in [0, 1]: white ink on black.

    Raises:
        ImageError: there is none, or the image cannot be read.
    """
    return find(image).image


def find(image: Image.Image, edits: Edits | None = None) -> Found:
    """Find the digit in an image and lay it out as MNIST does (LeCun et al. 1998, section III-A).

    Args:
        image: of one digit, of any size and mode: dark ink on light or light on dark, on an opaque or a
            transparent background.
        edits: corrections by a person.

    Returns:
        The digit, its longer side 20 pixels, its centre of mass in the centre, and where and how it was found.

    Raises:
        NoDigit: nothing stands out from the background.
        ImageError: the image is empty, or its colours cannot be read.
    """
    edits = edits or Edits()
    left, top, right, bottom = edits.crop or (0, 0, 1, 1)
    if edits.crop:
        width, height = image.size
        corner = math.floor(left * width), math.floor(top * height)
        image = image.crop(
            (*corner, max(corner[0] + 1, round(right * width)), max(corner[1] + 1, round(bottom * height)))
        )
    found = _find_digit(planes(image), edits)
    rows, columns = extent(found.ink)
    ink = found.ink[rows, columns]
    lines, across = found.ink.shape
    box = (
        left + (right - left) * columns.start / across,
        top + (bottom - top) * rows.start / lines,
        left + (right - left) * columns.stop / across,
        top + (bottom - top) * rows.stop / lines,
    )
    return Found(layout(ink), tuple(map(float, box)), found.polarity, found.threshold, _several(ink))


def _find_digit(planes: list[np.ndarray], edits: Edits) -> _Ink:
    """The ink of the digit, which may lie on a sheet on a table, or across the edge of a shadow."""
    found = _extract(*_find_ink(planes, edits.polarity), edits.threshold)
    if edits != Edits():
        return found  # a person has looked, so no sheet or shadow is guessed
    found = _on_sheet(planes, found)
    if _reaches_border(found.ink):
        return next((other for other in _in_shadow(planes[0]) if not _reaches_border(other.ink)), found)
    return found


def _reaches_border(ink: np.ndarray) -> bool:
    return any(extent.start == 0 or extent.stop == side for extent, side in zip(extent(ink), ink.shape, strict=True))


def _in_shadow(plane: np.ndarray) -> Iterator[_Ink]:
    """Dark ink, then light ink, relative to the brightness nearby: strokes are narrower than shadows."""
    size = max(3, max(plane.shape) // 6)
    for polarity, fill in (("dark", ndimage.grey_closing), ("light", ndimage.grey_opening)):
        ground = fill(ndimage.gaussian_filter(plane, 1), (size, size))
        if polarity == "dark":
            strength = (ground - plane) / np.maximum(ground, 0.1)
        else:
            strength = (plane - ground) / np.maximum(1 - ground, 0.1)
        with contextlib.suppress(NoDigit):
            yield _extract(strength - np.median(strength), polarity, None)


def _on_sheet(planes: list[np.ndarray], found: _Ink) -> _Ink:
    """The ink on a sheet of paper, where what was found is the sheet, on a table."""
    ink = found.ink
    sheet = ink > 0.5
    rows, columns = sheet.any(axis=1).sum(), sheet.any(axis=0).sum()
    if min(rows / len(ink), columns / ink.shape[1]) < 0.4 or np.count_nonzero(sheet) < 0.7 * rows * columns:
        return found
    sheet = ndimage.binary_erosion(ndimage.binary_fill_holes(sheet), iterations=max(2, min(ink.shape) // 50))
    if not sheet.any():
        return found
    # The table gets the colour of the nearest paper, so that only the ink stands out.
    nearest = ndimage.distance_transform_edt(~sheet, return_distances=False, return_indices=True)
    try:
        return _extract(*_find_ink([plane[tuple(nearest)] for plane in planes], None), None)
    except NoDigit:  # it was not a sheet but a very thick digit
        return found


def _find_ink(planes: list[np.ndarray], polarity: str | None) -> tuple[np.ndarray, Literal["dark", "light"]]:
    """Strength of the ink [H, W]: the share of the background's light that it takes away (dark) or adds (light); noise
    about 0."""
    fits = [background.fit(plane) for plane in planes]
    contrast = [contrast for _, contrast in fits]
    # Brightness has the least noise: another plane is used only where its contrast is clearly higher.
    best = int(np.argmax(contrast)) if max(contrast) > 1.2 * contrast[0] else 0
    ground = background.surface(fits[best][0], planes[best].shape)
    depth = ground - planes[best]
    # Ink covers less area than the background, so it is the long tail of the depths: the sign of their skewness.
    if polarity is None:
        polarity = "dark" if float((depth * depth * depth).sum()) >= 0 else "light"
    if polarity == "dark":
        return depth / np.maximum(ground, 0.1), "dark"
    return -depth / np.maximum(1 - ground, 0.1), "light"


def _extract(strength: np.ndarray, polarity: Literal["dark", "light"], threshold: float | None) -> _Ink:
    """The ink of the digit alone, from the strength [H, W] of all that stands out."""
    below = -strength[strength <= 0]
    noise = 1.5 * float(np.median(below)) if below.size else 0.0
    floor = max(3 * noise, HALF_LEVEL)
    candidates = strength[strength > floor]
    if not candidates.size:
        raise NoDigit("image.no_digit")
    strongest = float(np.percentile(candidates, 99))
    level = threshold_otsu(candidates.astype(np.float64)) if threshold is None else threshold * strongest
    core = strength >= level
    if not core.any() or (threshold is None and strength[core].mean() < max(LEAST_CONTRAST, 6 * noise)):
        raise NoDigit("image.no_digit")
    reach = math.ceil(stroke_width(core) / 2) + 1
    # Pixels away from all ink are background, and show how strong its grain or its ruled lines are.
    away = strength[~_grow(core, reach)]
    if threshold is not None:
        floor = min(max(floor, 0.6 * level), 0.9 * level)  # below the given threshold nothing is left
    elif away.size:
        floor = max(floor, float(np.percentile(away, 99)))
    core = _drop_clutter(core, strength)
    full = float(np.percentile(strength[core], 75))
    ink = np.where(_grow(core, reach), np.clip((strength - floor) / (full - floor), 0, 1), 0)
    return _Ink(ink, polarity, min(0.99, max(0.01, float(level) / strongest)))


def _drop_clutter(core: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Keep the strokes of the digit; remove specks, and a dark table or shadow along the border."""
    parts, count = ndimage.label(core, np.ones((3, 3)))
    mass = ndimage.sum_labels(strength, parts, np.arange(count + 1))
    mass[0] = 0
    edge = np.concatenate([parts[0], parts[-1], parts[1:-1, 0], parts[1:-1, -1]])
    along_edge = np.bincount(edge, minlength=count + 1) >= min(core.shape)
    inside = np.where(along_edge, 0, mass)
    if inside.sum() > 0.02 * mass.sum():
        mass = inside
    return (mass > SMALLEST_PART * mass.max())[parts]


def _grow(mask: np.ndarray, reach: int) -> np.ndarray:
    return ndimage.maximum_filter(mask, 2 * reach + 1)


def _several(ink: np.ndarray) -> bool:
    """Whether parts of the ink [h, w] stand beside or above each other as digits do: alike, with a gap between them."""
    parts, count = ndimage.label(_grow(ink > 0.3, max(1, min(ink.shape) // 40)), np.ones((3, 3)))
    mass = ndimage.sum_labels(ink, parts, np.arange(1, count + 1))
    places = ndimage.find_objects(parts)
    for first in range(count):
        for second in range(first):
            pair = places[first], places[second]
            if min(mass[first], mass[second]) < ALIKE_INK * max(mass[first], mass[second]):
                continue
            tall = [rows.stop - rows.start for rows, _ in pair]
            if min(tall) < ALIKE_HEIGHT * max(tall):
                continue
            for axis in (0, 1):
                one, other = sorted((place[axis] for place in pair), key=lambda extent: extent.start)
                if one.stop <= other.start:
                    return True
    return False
