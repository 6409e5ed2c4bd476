"""What is found in an image, and what a person may say of it."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Edits:
    """Corrections by a person where the ink was not found rightly; None leaves a value to the search.

    Raises:
        ValueError: a value is out of its range.
    """

    polarity: Literal["dark", "light"] | None = None  # of the ink, on its background
    threshold: float | None = None  # how probable a pixel must be ink to count as such, in (0, 1); 0.5 without a word
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
    """The digit of an image, and how it was found."""

    image: np.ndarray  # float32 [28, 28] in [0, 1]: white ink on black
    box: tuple[float, float, float, float]  # the ink's left, top, right, bottom, in shares of the whole image
    polarity: Literal["dark", "light"]
    several: bool  # there seem to be several digits
    confidence: float  # that there is a digit, and that this is its ink, in [0, 1]


@dataclass(frozen=True)
class Corner:
    """Where a part of an image begins, in pixels."""

    left: int
    top: int

    def shares(self, box: tuple[float, ...], whole: np.ndarray) -> tuple[float, float, float, float]:
        """A box in pixels of the part, in shares of the whole image [H, W, ...]."""
        height, width = whole.shape[:2]
        left, top, right, bottom = box
        x0, x1 = ((x + self.left) / width for x in (left, right))
        y0, y1 = ((y + self.top) / height for y in (top, bottom))
        within = [float(min(1, max(0, place))) for place in (x0, y0, x1, y1)]
        return within[0], within[1], within[2], within[3]


def within(image: np.ndarray, crop: tuple[float, float, float, float] | None) -> tuple[np.ndarray, Corner]:
    """The part of an image [H, W, ...] that a crop leaves, at least a pixel, and where it begins."""
    height, width = image.shape[:2]
    left, top, right, bottom = crop or (0, 0, 1, 1)
    x, y = min(width - 1, math.floor(left * width)), min(height - 1, math.floor(top * height))
    return image[y : max(y + 1, round(bottom * height)), x : max(x + 1, round(right * width))], Corner(x, y)
