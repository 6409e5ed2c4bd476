"""Checks of what a person or a program sends; what cannot be used is answered with a Problem."""

import math
import reprlib
from typing import Any

import numpy as np

from ui.words import sentence

LARGEST = 1000.0  # of a coordinate of z; the prior does not reach 10


class Problem(Exception):
    """Something that cannot be done, by the key of a sentence; str() is the sentence in English."""

    def __init__(self, code: str, **params: object):
        super().__init__(sentence(code, **params))
        self.code, self.params = code, params

    def answer(self) -> dict:
        """What the page is told: {code, ...params}."""
        return {"code": self.code, **self.params}


def is_number(value: Any) -> bool:
    """Whether JSON gave a finite number; without turning it to a float, which a whole number can be too large for."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """A whole number of a range, as Python or JSON write it."""
    if not is_number(value) or value != int(value) or not low <= value <= high:
        raise Problem("problem.whole_number", name=name, low=low, high=high, given=reprlib.repr(value))
    return int(value)


def shares(crop: Any) -> tuple[float, float, float, float] | None:
    """A caller's crop as left, top, right, bottom; None stays None."""
    if crop is None:
        return None
    if isinstance(crop, list) and len(crop) == 4 and all(is_number(share) and 0 <= share <= 1 for share in crop):
        left, top, right, bottom = map(float, crop)
        if left < right and top < bottom:
            return left, top, right, bottom
    raise Problem("problem.crop", given=reprlib.repr(crop))


def latent_vector(z: Any, latent_dim: int) -> np.ndarray:
    """A caller's z as an array [D]."""
    if not isinstance(z, list) or len(z) != latent_dim or not all(is_number(value) for value in z):
        given = f"{len(z)} values" if isinstance(z, list) else type(z).__name__
        raise Problem("problem.z", latent_dim=latent_dim, given=given)
    if max(map(abs, z)) > LARGEST:
        raise Problem("problem.z_range", largest=f"{LARGEST:g}")
    return np.array(z, dtype=np.float32)
