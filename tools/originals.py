"""Packs the test images that the page shows: python -m tools.originals --data data

Each dataset becomes one image file, ui/originals/<dataset>.png: 100 rows of 100 images of 28 x 28 pixels, in the
dataset's own order.
"""

import argparse

import numpy as np
from PIL import Image

from tools.browser import ROOT
from vae import data

ORIGINALS = ROOT / "ui" / "originals"
COLUMNS = 100


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data", help="torchvision's data folder (default: %(default)s)")
    args = parser.parse_args()
    ORIGINALS.mkdir(exist_ok=True)
    for dataset in data.DATASETS:
        x, _ = data.load(dataset, args.data, train=False)
        images = np.rint(255 * x.reshape(-1, COLUMNS, 28, 28).numpy()).astype(np.uint8)
        sheet = images.transpose(0, 2, 1, 3).reshape(-1, 28 * COLUMNS)
        path = ORIGINALS / f"{dataset}.png"
        Image.fromarray(sheet).save(path, optimize=True)
        print(f"{path}: {len(x):,} images, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
