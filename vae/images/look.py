"""Square parts of an image, resampled to the few pixels that the ink network looks at."""

from dataclasses import dataclass

import numpy as np

SIDE = 128  # pixels
KINDS = ("none", "one", "several")  # how many digits there are in a look


@dataclass(frozen=True)
class Look:
    """A square of an image, which may reach beyond it: its corner and its side in the image's pixels."""

    left: float
    top: float
    side: float
    ground: tuple[float, ...] | None = None  # the colour that is seen beyond the image; None repeats its edge

    @classmethod
    def whole(cls, shape: tuple[int, ...]) -> "Look":
        """The smallest square around an image of this shape (height, width, ...)."""
        height, width = shape[:2]
        side = max(height, width)
        return cls((width - side) / 2, (height - side) / 2, side)

    @classmethod
    def around(
        cls, box: tuple[float, float, float, float], share: float, ground: tuple[float, ...] | None = None
    ) -> "Look":
        """The square around the middle of a box (left, top, right, bottom), whose longer side is a share of it."""
        left, top, right, bottom = box
        side = max(right - left, bottom - top) / share
        return cls((left + right - side) / 2, (top + bottom - side) / 2, side, ground)

    def at(self, image: np.ndarray, size: int = SIDE) -> np.ndarray:
        """The square [size, size, C] of an image [H, W, C]; beyond the image lies the ground, or its edge is repeated.

        Each pixel is the mean of the image with triangular weights two pixels wide, of the finer of both grids'
        pixels the larger: linear interpolation where it is enlarged, a smooth mean where it is reduced.
        """
        down, across = (
            weights(start, self.side, length, size, self.ground is None)
            for start, length in ((self.top, image.shape[0]), (self.left, image.shape[1]))
        )
        rows, columns = used(down), used(across)
        height, width, channels = image[rows, columns].shape
        lines = down[:, rows] @ image[rows, columns].reshape(height, width * channels)  # [size, W C]
        seen = across[:, columns] @ lines.reshape(size, width, channels)  # [size, size, C]
        if self.ground is None:
            return seen
        beyond = 1 - np.outer(down.sum(1), across.sum(1))
        return seen + beyond[..., None] * np.array(self.ground, seen.dtype)

    def box(self, box: tuple[float, float, float, float], size: int = SIDE) -> tuple[float, float, float, float]:
        """A box in pixels of the look, in those of the image."""
        left, top, right, bottom = (self.side / size * value for value in box)
        return left + self.left, top + self.top, right + self.left, bottom + self.top


def weights(start: float, side: float, length: int, size: int, repeat: bool) -> np.ndarray:
    """float32 [size, length]: of each pixel of a line of the image in each of the look. Each row adds up to 1 where the
    line's ends are to be repeated, else to less beyond them."""
    scale = side / size
    reach = max(scale, 1.0)
    centre = start + (np.arange(size)[:, None] + 0.5) * scale - 0.5
    places = np.ceil(centre - reach) + np.arange(int(2 * reach) + 1)
    share = np.maximum(0, 1 - abs(places - centre) / reach)
    share /= share.sum(1, keepdims=True)
    if not repeat:
        share[(places < 0) | (places >= length)] = 0
    table = np.zeros((size, length), np.float32)
    np.add.at(table, (np.arange(size)[:, None], places.clip(0, length - 1).astype(int)), share)
    return table


def used(table: np.ndarray) -> slice:
    """The columns of a table [size, length] from the first to the last that has a weight."""
    columns = np.flatnonzero(table.any(0))
    return slice(columns[0], columns[-1] + 1) if len(columns) else slice(0)
