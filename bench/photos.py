"""Accuracy of a classifier on normalised photos of digits: python -m bench.photos

MNIST's test digits are made into photos: ink or chalk on lit, shadowed, ruled or grainy ground, small, off the centre,
slightly turned, with noise and JPEG's own. A classifier of real digits (vae/judges) then reads the originals, the
normalised photos, and for comparison the photos squashed to 28 x 28.
"""

import argparse
import io
import sys

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from tqdm import tqdm

from vae import data, evaluation
from vae.images import normalize
from vae.images.files import LUMA, ImageError

SIDE = 480


def photo(digit: np.ndarray, generator: np.random.Generator) -> Image.Image:
    """A photo of a handwritten digit [28, 28] in [0, 1], as a JPEG would bring it: RGB, 480 x 480."""
    draw = generator.uniform
    size = draw(0.3, 0.75) * SIDE
    angle = np.radians(draw(-8, 8))
    zoom = 28 / size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    room = max(0.0, (SIDE - size) / 2 - 12)
    centre = SIDE / 2 + draw(-room, room, 2)
    ink = ndimage.affine_transform(digit, zoom, 13.5 - zoom @ centre, (SIDE, SIDE), order=3).clip(0, 1)
    ink = ndimage.gaussian_filter(ink, size / 80)
    ink = 1 / (1 + np.exp(-(ink - 0.4) * draw(8, 16))) * draw(0.75, 1)  # a pen has an edge
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    chalk = generator.random() < 0.25
    paper = draw(0.08, 0.3, 3) if chalk else draw(0.7, 0.98) * np.array([1, draw(0.92, 1), draw(0.8, 1)])
    pen = draw(0.75, 1, 3) if chalk else draw(0, 0.35, 3)
    ground = np.broadcast_to(paper, (SIDE, SIDE, 3))
    if generator.random() < 0.3 and not chalk:  # ruled lines
        rules = ((np.arange(SIDE) + generator.integers(40)) % generator.integers(30, 60) < 2)[:, None, None]
        ground = np.where(rules, ground * np.array([0.8, 0.86, 0.94]), ground)
    scene = (
        ground + (pen - ground) * (ink * ndimage.gaussian_filter(draw(0.8, 1.1, ink.shape), 1).clip(0, 1))[..., None]
    )
    direction = draw(0, 2 * np.pi)
    slope = np.cos(direction) * x + np.sin(direction) * y
    light = 1 - draw(0, 0.5) * (slope + 0.5)
    if generator.random() < 0.3:  # the edge of a shadow
        light = light * (1 - draw(0.1, 0.3) / (1 + np.exp(-(slope - draw(-0.2, 0.2)) * draw(15, 40))))
    for _ in range(generator.integers(0, 6)):  # specks
        a, b = generator.integers(8, SIDE - 8, 2)
        scene[a : a + 3, b : b + 3] *= 0.5
    scene = scene * light[..., None] + generator.normal(0, draw(0.005, 0.04), scene.shape)
    file = io.BytesIO()
    Image.fromarray((255 * scene.clip(0, 1)).astype(np.uint8)).save(file, "JPEG", quality=int(draw(40, 95)))
    return Image.open(file)


def normalized(image: Image.Image) -> np.ndarray:
    """[28, 28]; where no digit is found, nothing."""
    try:
        return normalize(image)
    except ImageError:
        return np.zeros((28, 28), np.float32)


def squashed(image: Image.Image) -> np.ndarray:
    """What an image becomes without any search for its ink: shrunk, and inverted where its ground is bright."""
    grey = np.asarray(image.resize((28, 28)), np.float32) @ LUMA / 255
    return 1 - grey if np.median(grey) > 0.5 else grey


def read(images: list[np.ndarray], labels: torch.Tensor) -> float:
    """The share of images [28, 28] that the classifier reads rightly."""
    with torch.no_grad():
        logits = evaluation.load_judge("mnist")(torch.from_numpy(np.stack(images).reshape(-1, 784)).float())
    return (logits.argmax(1) == labels).float().mean().item()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data", help="torchvision's data folder (default: %(default)s)")
    parser.add_argument("--images", type=int, default=2000, help="test digits (default: the first %(default)s)")
    args = parser.parse_args()
    try:
        x, labels = data.load("mnist", args.data, train=False)
    except data.DataError as error:
        print(error, file=sys.stderr)
        return 1
    digits, labels = x[: args.images].reshape(-1, 28, 28).numpy(), labels[: args.images]
    generator = np.random.default_rng(0)
    photos = [photo(digit, generator) for digit in tqdm(digits, "photos", leave=False, disable=None)]
    print(f"{len(digits):,} test digits, read rightly by a classifier of real ones")
    print(f"  {read(list(digits), labels):6.1%}   the originals")
    print(f"  {read([normalized(image) for image in photos], labels):6.1%}   their photos, normalised")
    print(f"  {read([squashed(image) for image in photos], labels):6.1%}   their photos, squashed to 28 x 28")
    return 0


if __name__ == "__main__":
    sys.exit(main())
