"""Draw the example pictures: six digits in the manner of quick photographs, the same on every run.

python examples/draw.py
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.interpolate import make_interp_spline

SIDE = 480
FINER = 2  # strokes are drawn at twice the size, then averaged, so that their edges are smooth
ORIENTATION = 0x0112  # the EXIF tag; 6 means "turn a quarter clockwise to see it upright"

# Each stroke is a list of points (x, y) in the unit square, joined by a smooth curve; (0, 0) is the top left.
STROKES = {
    2: [[(0.30, 0.33), (0.37, 0.22), (0.53, 0.19), (0.65, 0.30), (0.60, 0.46), (0.45, 0.62), (0.30, 0.78)],
        [(0.30, 0.78), (0.40, 0.755), (0.52, 0.79), (0.64, 0.80), (0.73, 0.76)]],
    3: [[(0.34, 0.27), (0.46, 0.19), (0.60, 0.24), (0.61, 0.36), (0.52, 0.45), (0.45, 0.48)],
        [(0.45, 0.48), (0.58, 0.49), (0.66, 0.60), (0.61, 0.74), (0.47, 0.80), (0.33, 0.73)]],
    4: [[(0.42, 0.18), (0.38, 0.33), (0.30, 0.49), (0.29, 0.55), (0.43, 0.555), (0.57, 0.545), (0.70, 0.525)],
        [(0.61, 0.28), (0.60, 0.45), (0.57, 0.65), (0.56, 0.84)]],
    5: [[(0.40, 0.22), (0.38, 0.35), (0.36, 0.47), (0.47, 0.43), (0.60, 0.48), (0.65, 0.61), (0.57, 0.75),
         (0.43, 0.79), (0.32, 0.73)],
        [(0.40, 0.225), (0.53, 0.23), (0.67, 0.20)]],
    7: [[(0.31, 0.25), (0.42, 0.24), (0.55, 0.235), (0.68, 0.21)],
        [(0.68, 0.21), (0.60, 0.38), (0.51, 0.58), (0.44, 0.82)]],
    8: [[(0.61, 0.27), (0.50, 0.19), (0.38, 0.26), (0.41, 0.39), (0.53, 0.48), (0.64, 0.61), (0.61, 0.76),
         (0.47, 0.82), (0.35, 0.73), (0.39, 0.58), (0.51, 0.47), (0.61, 0.37), (0.62, 0.26)]],
}  # fmt: skip


def draw_ink(digit: int, width: float, rng: np.random.Generator, variation: float = 0.15) -> np.ndarray:
    """Where the pen has been: float [SIDE, SIDE] in [0, 1], with an unsteady hand and a changing pressure."""
    canvas = Image.new("L", (SIDE * FINER, SIDE * FINER))
    pen = ImageDraw.Draw(canvas)
    for stroke in STROKES[digit]:
        points = np.array(stroke)
        points[1:-1] += rng.normal(0, 0.006, points[1:-1].shape)
        reached = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        along = np.linspace(0, reached[-1], 900)
        path = make_interp_spline(reached, points, k=min(3, len(points) - 1))(along)
        tremor = ndimage.gaussian_filter1d(rng.normal(0, 1, (900, 2)), 25, axis=0) * 0.006
        pressure = ndimage.gaussian_filter1d(rng.normal(0, 1, 900), 60)
        pressure = 1 + variation * pressure / abs(pressure).max() - 0.35 * np.linspace(0, 1, 900) ** 6
        for (x, y), radius in zip((path + tremor) * SIDE * FINER, pressure * width * FINER / 2, strict=True):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(canvas.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255


def mottle(rng: np.random.Generator, size: float) -> np.ndarray:
    """Smooth noise [SIDE, SIDE] with mean 0, deviation 1, and blotches of about `size` pixels."""
    noise = ndimage.gaussian_filter(rng.normal(0, 1, (SIDE, SIDE)), size)
    return (noise - noise.mean()) / noise.std()


def sheet(colour: tuple[float, float, float], grain: float, rng: np.random.Generator) -> np.ndarray:
    """Paper or board [SIDE, SIDE, 3] of one colour, with fine fibres and faint blotches."""
    texture = grain * (mottle(rng, 0.8) + 0.7 * mottle(rng, 25))
    return np.array(colour) * (1 + texture[..., None])


def lay(ground: np.ndarray, ink: np.ndarray, colour: tuple[float, float, float]) -> np.ndarray:
    return ground + (np.array(colour) - ground) * ink[..., None]


def light(angle: float, dark: float, bright: float = 1.0) -> np.ndarray:
    """Light [SIDE, SIDE, 1] that falls off evenly across the picture, towards `angle` (radians)."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    across = (x * np.cos(angle) + y * np.sin(angle)) / (abs(np.cos(angle)) + abs(np.sin(angle)))
    return (bright + (dark - bright) * (across + 1) / 2)[..., None]


def photograph(scene: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """What a small camera makes of a scene [SIDE, SIDE, 3]: slightly soft, a little noisy, in 8 bits."""
    soft = ndimage.gaussian_filter(scene, (0.7, 0.7, 0))
    noisy = soft + rng.normal(0, 0.008, (*scene.shape[:2], 1)) + rng.normal(0, 0.004, scene.shape)
    return Image.fromarray((np.clip(noisy, 0, 1) * 255).round().astype(np.uint8))


def ballpoint(rng: np.random.Generator) -> Image.Image:
    """A blue ballpoint 3 on ruled cream paper, lit from one side."""
    paper = sheet((0.95, 0.92, 0.84), 0.012, rng)
    rules = np.zeros((SIDE, SIDE))
    rules[38::62], rules[39::62] = 0.55, 0.3
    paper = lay(paper, rules, (0.62, 0.72, 0.85))
    ink = draw_ink(3, 15, rng) * np.clip(0.93 + 0.05 * mottle(rng, 2), 0, 1)
    return photograph(lay(paper, ink, (0.13, 0.18, 0.52)) * light(0.6, 0.66), rng)


def chalk(rng: np.random.Generator) -> Image.Image:
    """A chalk 8 on a green board that has been wiped many times."""
    board = sheet((0.16, 0.27, 0.22), 0.03, rng) + 0.012 * mottle(rng, 40)[..., None]
    wiped = ndimage.gaussian_filter(rng.normal(0, 1, (SIDE, SIDE)), (2, 60))
    board = board + (0.015 * wiped / wiped.std())[..., None]
    stroke = draw_ink(8, 32, rng)
    worn = ndimage.gaussian_filter(stroke, 2) + 0.16 * mottle(rng, 0.9)
    chalked = np.clip((worn - 0.35) * 3, 0, 1) * 0.9 + 0.06 * ndimage.gaussian_filter(stroke, 9)
    return photograph(lay(board, chalked, (0.93, 0.93, 0.89)) * light(2.2, 0.75), rng)


def marker(rng: np.random.Generator) -> Image.Image:
    """A broad red marker 5 on a yellow sticky note whose lower edge curls."""
    note = sheet((0.98, 0.88, 0.36), 0.008, rng)
    ink = draw_ink(5, 40, rng, 0.06)
    pooled = 0.86 + 0.12 * (ink - ndimage.gaussian_filter(ink, 7)) + 0.03 * mottle(rng, 6)
    scene = lay(note, ink * np.clip(pooled, 0, 1), (0.80, 0.10, 0.13))
    curl = 1 - 0.22 * np.linspace(0, 1, SIDE)[:, None, None] ** 3
    return photograph(scene * curl * light(-0.5, 0.88), rng)


def pencil(rng: np.random.Generator) -> Image.Image:
    """A soft pencil 2 on rough white paper, with a shadow across it."""
    paper = sheet((0.93, 0.93, 0.92), 0.018, rng)
    graphite = draw_ink(2, 16, rng, 0.25) * np.clip(0.74 + 0.16 * mottle(rng, 1.0), 0.1, 1)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    shadow = 1 - 0.28 / (1 + np.exp(-(x * 0.6 + y - 0.95) / 0.16))
    return photograph(lay(paper, graphite, (0.27, 0.27, 0.29)) * shadow[..., None] * light(0.9, 0.85), rng)


def white_ink(rng: np.random.Generator) -> Image.Image:
    """A white 7 on nothing: the ground is transparent."""
    picture = np.full((SIDE, SIDE, 4), 255, np.uint8)
    picture[..., 3] = (draw_ink(7, 33, rng) * 255).round()
    return Image.fromarray(picture)


def fountain_pen(rng: np.random.Generator) -> Image.Image:
    """A fountain-pen 4 on squared paper, held by a camera that was turned on its side."""
    paper = sheet((0.94, 0.94, 0.92), 0.010, rng)
    squares = np.zeros((SIDE, SIDE))
    squares[17::40], squares[:, 23::40] = 0.5, 0.5
    paper = lay(paper, squares, (0.70, 0.76, 0.82))
    ink = draw_ink(4, 27, rng, 0.25) * np.clip(0.92 + 0.06 * mottle(rng, 5), 0, 1)
    upright = photograph(lay(paper, ink, (0.10, 0.11, 0.16)) * light(2.6, 0.7), rng)
    return upright.transpose(Image.Transpose.ROTATE_90)


def main() -> None:
    folder = Path(__file__).parent
    sideways = Image.Exif()
    sideways[ORIENTATION] = 6
    ballpoint(np.random.default_rng(3)).save(folder / "3-ballpoint.jpg", quality=82)
    chalk(np.random.default_rng(8)).save(folder / "8-chalk.jpg", quality=78)
    marker(np.random.default_rng(5)).save(folder / "5-marker.jpg", quality=82)
    pencil(np.random.default_rng(2)).save(folder / "2-pencil.jpg", quality=80)
    white_ink(np.random.default_rng(7)).save(folder / "7-transparent.png", optimize=True)
    fountain_pen(np.random.default_rng(4)).save(folder / "4-sideways.jpg", quality=82, exif=sideways)


if __name__ == "__main__":
    main()
