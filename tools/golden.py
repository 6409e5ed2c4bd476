"""Writes tests/golden/layout.json, which every implementation of MNIST's layout is tested against.

python -m tools.golden

Each case is {name, height, width, ink: [height * width] whole numbers 0 to 255, image: [784] numbers in [0, 1]}:
layout(ink / 255) is image, to 4 decimals.
"""

import json

import numpy as np
from PIL import Image

from tools.browser import ROOT
from vae.images.layout import extent, layout

PATH = ROOT / "tests" / "golden" / "layout.json"


def inks() -> dict[str, np.ndarray]:
    """The inputs, by name: float [h, w] in [0, 1], multiples of 1/255, cropped to their extent."""
    with np.load(ROOT / "tests" / "data" / "digits.npz") as file:
        digits = file["images"].reshape(-1, 28, 28)
    two, seven = digits[40] / 255, digits[140] / 255
    height, width = 45, 30
    hairline = np.zeros((height, width))
    hairline[np.arange(height), np.arange(height) * (width - 1) // (height - 1)] = 1  # 0.4 pixels of the box: widened
    y, x = np.mgrid[0:20, 0:20]
    cases = {
        "a digit as it is": two,
        "a digit, reduced": enlarged(seven, 3),
        "a digit, stretched to twice its height": enlarged(two, 1, 2),
        "a hairline": hairline,
        "a dot": np.ones((3, 3)),
        "a column": np.ones((40, 6)),
        "a row": np.ones((5, 37)),
        "nearly all of the mass in a corner": np.where(x + y < 8, 1, np.where((x == 19) | (y == 19), 0.2, 0)),
    }
    return {name: ink[extent(ink)] for name, ink in cases.items()}


def enlarged(ink: np.ndarray, factor: int, stretch: int = 1) -> np.ndarray:
    """Ink [h, w] in whole grey levels at `factor` times its width and `factor * stretch` times its height."""
    height, width = ink.shape
    levels = Image.fromarray((255 * ink).astype(np.uint8))
    return np.asarray(levels.resize((factor * width, factor * stretch * height), Image.Resampling.BICUBIC)) / 255


def cases() -> list[dict]:
    """What the file holds."""
    return [
        {
            "name": name,
            "height": ink.shape[0],
            "width": ink.shape[1],
            "ink": np.rint(255 * ink).astype(int).ravel().tolist(),
            "image": [round(float(pixel), 4) for pixel in layout(ink).ravel()],
        }
        for name, ink in inks().items()
    ]


def main() -> None:
    """Write the file."""
    PATH.parent.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases())
    PATH.write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
