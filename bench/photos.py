"""How many photographs of digits are read rightly, kind by kind: python -m bench.photos [--beside CHECKOUT]

MNIST's test digits are made into pictures of many kinds; a classifier of real digits (vae/judges) reads what the search
for the ink makes of them. Counted are the digits that it reads rightly as they are. Pictures without a digit are to be
refused, sheets of digits to be flagged. With --beside, an older checkout does the same on the same pictures.
"""

import argparse
import inspect
import io
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage.data
import torch
from PIL import Image, ImageDraw
from scipy import ndimage
from tqdm import tqdm

from vae import data, evaluation
from vae.images import ImageError, find

SIDE = 480
Generator = np.random.Generator


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


# The kinds: each makes a picture of a digit [28, 28] in [0, 1]


def enlarged(digit: np.ndarray, size: float, steep: float = 12.0) -> np.ndarray:
    """The digit cut to its ink, its longer side so many pixels, with a pen's edges: [h, w] in [0, 1]."""
    rows, columns = digit.any(1).nonzero()[0], digit.any(0).nonzero()[0]
    ink = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink = ndimage.zoom(np.pad(ink, 1), size / max(ink.shape), order=3, grid_mode=True, mode="grid-constant").clip(0, 1)
    ink = ndimage.gaussian_filter(ink, size / 60)
    edge = 1 / (1 + np.exp(-(ink - 0.4) * steep))
    rows, columns = (edge > 0.5).any(1).nonzero()[0], (edge > 0.5).any(0).nonzero()[0]
    return edge[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def placed(digit: np.ndarray, rng: Generator, shape: tuple[int, int], size: float, away: float = 0.2) -> np.ndarray:
    """Ink on an empty field [H, W], near the middle."""
    ink = enlarged(digit, size)
    field = np.zeros(shape)
    top, left = (
        int(np.clip((whole - part) / 2 + rng.uniform(-away, away) * (whole - part), 0, whole - part))
        for whole, part in zip(shape, ink.shape, strict=True)
    )
    field[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return field


def picture(ink: np.ndarray, paper: float = 1.0, pen: float = 0.1) -> np.ndarray:
    return paper + (pen - paper) * ink


def saved(scene: np.ndarray) -> Image.Image:
    return Image.fromarray(np.uint8(np.rint(255 * scene.clip(0, 1))))


def undamaged(digit: np.ndarray, rng: Generator) -> Image.Image:
    return saved(picture(placed(digit, rng, (500, 500), 280), 1.0, 0.0))


def hard_edged(digit: np.ndarray, rng: Generator) -> Image.Image:
    ink = placed(digit, rng, (500, 500), 280) > 0.5
    scene = np.where(ink, 63, 255).astype(np.uint8)
    rows, columns = ink.nonzero()
    for k in rng.integers(len(rows), size=2):
        scene[rows[k], columns[k]] = 16
    return Image.fromarray(scene)


def cut_mark(digit: np.ndarray, rng: Generator) -> Image.Image:
    image = undamaged(digit, rng)
    x = int(rng.uniform(80, 360))
    ImageDraw.Draw(image).ellipse((x, 493, x + 60, 507), fill=0)
    return image


def cut_neighbour(digit: np.ndarray, rng: Generator) -> Image.Image:
    ink = placed(digit, rng, (500, 500), 260)
    other = enlarged(np.roll(digit[::-1], 0) if rng.random() < 0.5 else digit, 260)[:, :15]
    top = int(rng.uniform(20, 480 - other.shape[0]))
    ink[top : top + other.shape[0], 485 : 485 + other.shape[1]] = np.maximum(
        ink[top : top + other.shape[0], 485 : 485 + other.shape[1]], other
    )
    return saved(picture(ink, 1, 0))


def lines(scene: np.ndarray, inset: int, width: int, turn: float, tone: float = 0.0) -> Image.Image:
    """Lines on all sides, so many pixels inside, turned by degrees."""
    image = Image.new("L", scene.shape[::-1], 255)
    draw = ImageDraw.Draw(image)
    height, width_ = scene.shape
    draw.rectangle((inset, inset, width_ - inset, height - inset), outline=0, width=width)
    cell = np.asarray(image.rotate(turn, Image.Resampling.BICUBIC, fillcolor=255)) / 255
    return saved(np.minimum(scene, 1 - (1 - tone) * (1 - cell)))


def in_cell(digit: np.ndarray, rng: Generator) -> Image.Image:
    return lines(picture(placed(digit, rng, (400, 400), 240)), 12, 4, 2)


def framed(digit: np.ndarray, rng: Generator) -> Image.Image:
    return lines(picture(placed(digit, rng, (400, 400), 220)), 30, 3, 0)


def squared_paper(digit: np.ndarray, rng: Generator) -> Image.Image:
    scene = np.full((480, 480), 235 / 255)
    first = rng.integers(30, size=2)
    for k in range(2):
        scene[first[0] + k :: 30], scene[:, first[1] + k :: 30] = 120 / 255, 120 / 255
    ink = placed(digit, rng, scene.shape, 280)
    return saved(scene + (0.15 - scene) * ink)


def shadow(depth: float, blur: float) -> Callable[[np.ndarray, Generator], Image.Image]:
    def kind(digit: np.ndarray, rng: Generator) -> Image.Image:
        y, x = np.mgrid[-1:1:480j, -1:1:480j]
        angle = rng.uniform(0, 2 * np.pi)
        light = np.where(x * np.cos(angle) + y * np.sin(angle) > rng.uniform(-0.5, 0.5), depth, 1.0)
        light = ndimage.gaussian_filter(light, blur) if blur else light
        scene = picture(placed(digit, rng, (480, 480), 260), 0.92, 0.2) * light
        return saved(scene + rng.normal(0, 0.01, scene.shape))

    return kind


def on_table(digit: np.ndarray, rng: Generator) -> Image.Image:
    side = int(rng.uniform(480, 1200))
    scene = picture(placed(digit, rng, (side, side), 0.5 * side), 0.95, 0.15)
    band = round(0.08 * side)
    part = [(slice(band), slice(None)), (slice(-band, None), slice(None)), (slice(None), slice(band)),
            (slice(None), slice(-band, None))][rng.integers(4)]  # fmt: skip
    scene[part] *= 0.45
    return saved(scene + rng.normal(0, 0.01, scene.shape))


def close_crop(margin: int) -> Callable[[np.ndarray, Generator], Image.Image]:
    def kind(digit: np.ndarray, rng: Generator) -> Image.Image:
        ink = enlarged(digit, 300)
        ink = ink[-margin:margin, -margin:margin] if margin < 0 else ink
        return saved(picture(ink, 1, 0))

    return kind


def screenshot(digit: np.ndarray, rng: Generator) -> Image.Image:
    scene = Image.new("RGB", (640, 560), (245, 245, 245))
    draw = ImageDraw.Draw(scene)
    draw.rectangle((0, 0, 639, 36), fill=tuple(int(v) for v in rng.integers(30, 220, 3)))
    draw.text((12, 10), "Untitled - Draw", fill=(255, 255, 255))
    draw.rectangle((120, 70, 520, 470), outline=(60, 60, 60), width=2, fill=(255, 255, 255))
    inside = picture(placed(digit, rng, (396, 396), 240), 1, 0)
    scene.paste(saved(inside), (122, 72))
    draw.rectangle((250, 495, 390, 535), fill=(190, 190, 190))
    draw.text((295, 508), "Clear", fill=(0, 0, 0))
    return scene


def small(digit: np.ndarray, rng: Generator) -> Image.Image:
    return saved(picture(placed(digit, rng, (1200, 1600), 40, 0.45), 1, 0.1))


def light_on_dark(digit: np.ndarray, rng: Generator) -> Image.Image:
    return saved(picture(placed(digit, rng, (480, 480), 280), 0.1, 0.95))


def coloured(digit: np.ndarray, rng: Generator) -> Image.Image:
    """Red ink on a blue ground that is as bright."""
    ink = placed(digit, rng, (480, 480), 280)[..., None]
    ground, pen = np.array([0.2, 0.35, 0.95]), np.array([0.87, 0.1, 0.1])
    return saved(ground + (pen - ground) * ink)


DIGITS = {
    "undamaged": undamaged,
    "photographs": photo,
    "hard edges, one shade": hard_edged,
    "light on dark": light_on_dark,
    "as bright as its ground": coloured,
    "a mark cut off by the edge": cut_mark,
    "a neighbour cut off by the edge": cut_neighbour,
    "a cell's lines, tilted": in_cell,
    "a frame": framed,
    "squared paper": squared_paper,
    "a shadow's soft edge, × 0.6": shadow(0.6, 6),
    "a shadow's hard edge, × 0.5": shadow(0.5, 0),
    "a table along one side": on_table,
    "cropped to the ink": close_crop(0),
    "cropped into the ink by 2 px": close_crop(-2),
    "a drawing program's screenshot": screenshot,
    "40 px on 1200 × 1600": small,
}
PHOTOS = ("astronaut", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "brick", "moon", "rocket", "horse",
          "retina", "immunohistochemistry", "hubble_deep_field", "cell")  # fmt: skip


def sheet(digits: np.ndarray, rng: Generator) -> Image.Image:
    """Digits [N, 28, 28] in rows, on a page."""
    across, down = int(rng.integers(2, 7)), int(rng.integers(1, 7))
    size = 60
    page = np.zeros((down * 90 + 40, across * 90 + 40))
    for k in range(across * down):
        ink = enlarged(digits[rng.integers(len(digits))], size)
        top, left = 30 + 90 * (k // across), 30 + 90 * (k % across)
        page[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return saved(picture(page, 0.97, 0.12) + rng.normal(0, 0.01, page.shape))


def empty(rng: Generator) -> Image.Image:
    """A picture without a digit: paper, a shadow, squares, a frame, or a part of a photograph of something else."""
    draw = rng.random()
    if draw < 0.6:
        whole = getattr(skimage.data, PHOTOS[rng.integers(len(PHOTOS))])()
        whole = 255 * np.uint8(whole) if whole.dtype == bool else whole
        side = int(rng.uniform(0.4, 1) * min(whole.shape[:2]))
        top, left = (rng.integers(0, length - side + 1) for length in whole.shape[:2])
        return Image.fromarray(whole[top : top + side, left : left + side])
    scene = np.full((480, 480), rng.uniform(0.6, 1))
    if draw < 0.7:
        scene[rng.integers(30) :: 30], scene[:, rng.integers(30) :: 30] = 0.5, 0.5
    elif draw < 0.8:
        return lines(scene, int(rng.uniform(10, 60)), 4, rng.uniform(-3, 3))
    y, x = np.mgrid[-1:1:480j, -1:1:480j]
    light = np.where(x + rng.uniform(-1, 1) * y > rng.uniform(-0.5, 0.5), rng.uniform(0.5, 1), 1.0)
    scene = scene * ndimage.gaussian_filter(light, 5)
    return saved(scene + rng.normal(0, rng.uniform(0.005, 0.04), scene.shape))


# What is made of them


def found(image: Image.Image) -> tuple[np.ndarray | None, bool]:
    """The digit [28, 28], or None where it is refused; whether several are told of."""
    try:
        answer = find(image)
    except ImageError:
        return None, False
    return answer.image, answer.several


def classes(images: torch.Tensor) -> torch.Tensor:
    """What the classifier takes images [N, 784] for."""
    with torch.no_grad():
        return evaluation.load_judge("mnist")(images.float()).argmax(1)


def read(image: np.ndarray) -> int:
    return int(classes(torch.from_numpy(image.reshape(1, 784)))[0])


OLDER = """
import pickle, sys
import numpy as np
from PIL import Image
from vae.images import ImageError, find
{found}
with open(sys.argv[1], "rb") as file:
    images = pickle.load(file)
with open(sys.argv[2], "wb") as file:
    pickle.dump([found(image) for image in images], file)
"""


def found_by(checkout: str, images: list[Image.Image]) -> list[tuple[np.ndarray | None, bool]]:
    """What an older checkout finds in the same pictures."""
    with tempfile.TemporaryDirectory() as folder:
        given, answered = Path(folder) / "images", Path(folder) / "found"
        given.write_bytes(pickle.dumps(images))
        subprocess.run(
            [sys.executable, "-c", OLDER.format(found=inspect.getsource(found)), given, answered],
            cwd=checkout,
            check=True,
        )
        return pickle.loads(answered.read_bytes())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data", help="torchvision's data folder (default: %(default)s)")
    parser.add_argument("--images", type=int, default=200, help="of each kind (default: %(default)s)")
    parser.add_argument("--beside", metavar="CHECKOUT", help="an older checkout, on the same pictures")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="keep the pictures that are read wrongly")
    args = parser.parse_args()
    try:
        x, labels = data.load("mnist", args.data, train=False)
    except data.DataError as error:
        print(error, file=sys.stderr)
        return 1
    known = classes(x)[: 20 * args.images] == labels[: 20 * args.images]
    digits, labels = x[: len(known)][known].reshape(-1, 28, 28).numpy(), labels[: len(known)][known].numpy()
    finders = {"now": lambda images: [found(image) for image in tqdm(images, leave=False, disable=None)]}
    if args.beside:
        finders["before"] = lambda images: found_by(args.beside, images)
    print(f"{'':34}" + "".join(f"{name:>22}" for name in finders))
    for k, (name, kind) in enumerate(DIGITS.items()):
        rng = np.random.default_rng((1, k))
        chosen = rng.choice(len(digits), args.images, replace=False)
        images = [kind(digits[i], rng) for i in chosen]
        cells = []
        for which, finder in finders.items():
            answers = finder(images)
            right = [
                answer is not None and read(answer) == labels[i] for (answer, _), i in zip(answers, chosen, strict=True)
            ]
            refused = np.mean([answer is None for answer, _ in answers])
            cells.append(f"{np.mean(right):12.1%} ({refused:.1%} –)".rjust(22))
            if args.save and which == "now":
                keep(args.save / name.replace(" ", "-").replace("/", "-"), images, answers, right)
        print(f"{name:34}" + "".join(cells), flush=True)
    rng = np.random.default_rng(2)
    sheets, nothing = [sheet(digits, rng) for _ in range(args.images)], [empty(rng) for _ in range(args.images)]
    flagged, refused = [], []
    for which, finder in finders.items():
        told, answers = finder(sheets), finder(nothing)
        flagged.append(f"{np.mean([several or answer is None for answer, several in told]):22.1%}")
        refused.append(f"{np.mean([answer is None for answer, _ in answers]):22.1%}")
        if args.save and which == "now":
            keep(args.save / "empty", nothing, answers, [answer is None for answer, _ in answers])
            keep(args.save / "sheets", sheets, told, [several for _, several in told])
    print(f"{'sheets of digits, flagged':34}" + "".join(flagged))
    print(f"{'no digit, refused':34}" + "".join(refused))
    print("read rightly (refused)")
    return 0


def keep(folder: Path, images: list, answers: list, right: list) -> None:
    """Write the pictures that went wrong, each beside what was made of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for k, (image, (answer, _), good) in enumerate(zip(images, answers, right, strict=True)):
        if not good:
            pair = Image.new("RGB", (480, 240))
            pair.paste(image.convert("RGB").resize((240, 240)))
            if answer is not None:
                pair.paste(Image.fromarray(np.uint8(255 * answer)).resize((240, 240), 0), (240, 0))
            pair.save(folder / f"{k}.png")


if __name__ == "__main__":
    sys.exit(main())
