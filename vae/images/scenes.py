"""Draws photographs of handwritten digits, whose ink is known, for the ink network to learn from.

MNIST's digits are drawn anew with a pen of any width, in any colour, on paper, boards and screens, among lines, frames
and neighbours, in uneven light, and are then spoiled as a camera spoils them. Some photographs show several digits or
none.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from skimage.morphology import skeletonize

from vae.images.look import SIDE, Look

FINER = 3  # the distance from a digit's skeleton is kept at this many points per MNIST pixel
BARE = 0.05  # of the digits are bare strokes
MARGIN = 4.0  # MNIST pixels around the 28 x 28 field within which that distance is known

Generator = np.random.Generator


@dataclass(frozen=True)
class Scene:
    """A drawn photograph, and the ink that is to be found in it."""

    rgb: np.ndarray  # uint8 [128, 128, 3]
    ink: np.ndarray  # uint8 [128, 128]: the share of each pixel that the digit's ink covers, times 255
    kind: int  # index into KINDS


def distances(digits: np.ndarray) -> np.ndarray:
    """Distance of each point from the skeleton of its digit.

    Args:
        digits: [N, 28, 28] in [0, 1], white on black.
    Returns:
        float16 [N, 108, 108], in MNIST pixels: FINER points for each, MARGIN more on all sides.
    """
    side = round((28 + 2 * MARGIN) * FINER)
    found = np.empty((len(digits), side, side), np.float16)
    for digit, distance in zip(digits, found, strict=True):
        large = ndimage.zoom(np.pad(digit, round(MARGIN)), FINER, order=1, grid_mode=True, mode="grid-constant")
        thin = skeletonize(ndimage.gaussian_filter(large, 1.0) > 0.4)
        if not thin.any():
            thin = large >= large.max()
        distance[:] = ndimage.distance_transform_edt(~thin) / FINER
    return found


def bare_stroke(rng: Generator) -> np.ndarray:
    """`distances` of a one that is a bare stroke, straight or slightly bent, which MNIST has few of: [108, 108]."""
    side = round((28 + 2 * MARGIN) * FINER)
    y, x = (np.mgrid[:side, :side] + 0.5) / FINER - MARGIN - 14  # from the middle of the field
    along = np.clip(y, -10, 10)
    bend = rng.choice([0.0, rng.uniform(-1.5, 1.5)])
    return np.hypot(x - bend * (1 - (along / 10) ** 2), y - along)


@dataclass(frozen=True)
class Place:
    """Where a digit is drawn: its centre, the pixels of its 20 x 20 box, how it is turned, slanted and stretched."""

    x: float
    y: float
    size: float
    turn: float = 0.0  # radians
    slant: float = 0.0
    stretch: float = 1.0  # of its width

    def inverse(self) -> np.ndarray:
        """The matrix [2, 2] from offsets (y, x) in the photograph to offsets in MNIST pixels."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        turned = np.array([[cos, -sin], [sin, cos]])
        formed = np.array([[1.0, 0.0], [self.slant, self.stretch]])
        return np.linalg.inv(turned @ formed) * 20 / self.size


def sample(field: np.ndarray, place: Place, finer: float, margin: float, outside: float) -> np.ndarray:
    """A field over a digit, `finer` points for each MNIST pixel, as seen at a place of the photograph [128, 128]."""
    matrix = place.inverse() * finer
    middle = (14 + margin) * finer - 0.5
    offset = middle - matrix @ np.array([place.y - 0.5, place.x - 0.5])
    return ndimage.affine_transform(field, matrix, offset, (SIDE, SIDE), np.float32, 1, "constant", outside)


def pen(distance: np.ndarray, place: Place, width: float, soft: float) -> np.ndarray:
    """A digit drawn along its skeleton with a round pen: coverage [128, 128] in [0, 1]; width in MNIST pixels."""
    away = sample(distance.astype(np.float32), place, FINER, MARGIN, 30.0) * place.size / 20
    radius = max(width * place.size / 20, 0.9) / 2
    return np.clip(0.5 + (radius - away) / soft, 0, 1)


def enlarged(digit: np.ndarray, place: Place, steep: float) -> np.ndarray:
    """A digit as MNIST has it, enlarged, its edges made as steep as a pen's: coverage [128, 128] in [0, 1]."""
    ink = ndimage.gaussian_filter(sample(digit, place, 1, 0, 0.0), place.size / 80)
    return np.clip((ink - 0.4) * steep + 0.5, 0, 1)


class Painter:
    """Draws scenes of the digits it is given."""

    def __init__(self, digits: np.ndarray, distance: np.ndarray):
        """digits: float [N, 28, 28] in [0, 1]; distance: see `distances`."""
        self.digits, self.distance = digits, distance

    def scene(self, rng: Generator) -> Scene:
        """One photograph, of one digit, several or none."""
        draw = rng.random()
        if draw < 0.06:
            return self.plain(rng)
        kind = 0 if draw < 0.25 else 2 if draw < 0.37 else 1
        rgb, tone = ground(rng)
        ink, box = np.zeros((SIDE, SIDE), np.float32), None
        if kind == 0 and rng.random() < 0.7:
            rgb = things(rgb, rng)
        if kind:
            ink, box = self.one(rng) if kind == 1 else self.several(rng)
        rgb = surroundings(rgb, box, tone, rng)
        colour = ink_colour(tone, rng)
        if kind:
            rgb = lay(rgb, ink * worn(rng), colour)
            if kind == 1 and rng.random() < 0.25 and box:
                rgb = lay(rgb, self.neighbours(ink, box, rng), colour)
        if rng.random() < 0.25:
            rgb = marks(rgb, ink, colour, rng)
        spoiled = photograph(lit(rgb, rng), rng)
        if kind == 1 and rng.random() < 0.2:
            spoiled, ink = cropped(spoiled, ink, rng)
        elif rng.random() < 0.25:
            spoiled, ink = letterboxed(spoiled, ink, rng)
        if kind and not visible(spoiled, ink):
            return self.scene(rng)
        return Scene(spoiled, np.rint(255 * ink).astype(np.uint8), kind)

    def plain(self, rng: Generator) -> Scene:
        """A digit of MNIST itself, enlarged, white on black or black on white: its greys are its ink."""
        digit = self.digits[rng.integers(len(self.digits))]
        if rng.random() < 0.5:
            digit = np.pad(digit, rng.integers(0, 12))
        first = Image.fromarray((255 * digit).astype(np.uint8))
        method = Image.Resampling(rng.choice([0, 2, 2, 2, 3]))
        ink = np.asarray(first.resize((SIDE, SIDE), method))
        high, low = (255, 0) if rng.random() < 0.7 else rng.permutation([rng.integers(150, 256), rng.integers(0, 90)])
        grey = low + (high - low) * (ink / 255.0)
        if rng.random() < 0.5:
            grey = low + high - grey
        rgb = np.rint(np.repeat(grey[..., None], 3, 2)).astype(np.uint8)
        return Scene(rgb, ink, 1)

    def draw(self, place: Place, width: float, rng: Generator, style: float | None = None) -> np.ndarray:
        """Any digit at a place: coverage [128, 128] in [0, 1]."""
        style = rng.random() if style is None else style
        if rng.random() < BARE:
            return pen(bare_stroke(rng), place, width, rng.uniform(0.8, 2.0))
        index = rng.integers(len(self.digits))
        if style < 0.3:
            return enlarged(self.digits[index], place, 6 * rng.uniform(0.3, 1))
        ink = pen(self.distance[index], place, width, rng.uniform(0.8, 2.0))
        return (ink > 0.5).astype(np.float32) if style > 0.88 else ink

    def one(self, rng: Generator) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """One digit anywhere, from tiny to filling the field."""
        size = tiny(rng) if rng.random() < 0.12 else rng.uniform(14, 60) if rng.random() < 0.3 else rng.uniform(50, 120)
        room = max(0.0, (SIDE - size) / 2 - 1)
        far = rng.uniform(0.2, 1.0)
        place = self._place(
            SIDE / 2 + rng.uniform(-room, room) * far, SIDE / 2 + rng.uniform(-room, room) * far, size, rng
        )
        ink = self.draw(place, pen_width(rng), rng)
        if not (ink > 0.5).any():
            return self.one(rng)
        return ink, box_of(ink)

    def several(self, rng: Generator) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """Digits of about one size beside or above each other, in rows, or scattered."""
        across = int(rng.integers(2, 8)) if rng.random() < 0.7 else 1
        down = 1 if across > 1 and rng.random() < 0.5 else int(rng.integers(2, 8))
        pitch = min(SIDE / across, SIDE / down) * rng.uniform(0.6, 1.0)
        size = pitch * rng.uniform(0.6, 0.88)
        width, style = pen_width(rng), rng.random()
        left, top = rng.uniform(0, SIDE - across * pitch), rng.uniform(0, SIDE - down * pitch)
        turn, missing = rng.normal(0, 0.06), rng.choice([0, 0, 0, 0.3])
        ink, count = np.zeros((SIDE, SIDE), np.float32), 0
        for row in range(down):
            for column in range(across):
                if count > 1 and rng.random() < missing:
                    continue
                x, y = left + (column + 0.5) * pitch, top + (row + 0.5) * pitch
                x, y = np.array([x, y]) + rng.normal(0, 0.04 * pitch, 2)
                place = Place(x, y, size * rng.uniform(0.85, 1.1), turn + rng.normal(0, 0.05), rng.normal(0, 0.1))
                ink = np.maximum(ink, self.draw(place, width, rng, style))
                count += 1
        if not (ink > 0.5).any():
            return self.several(rng)
        return ink, box_of(ink)

    def neighbours(self, ink: np.ndarray, box: tuple[int, int, int, int], rng: Generator) -> np.ndarray:
        """Digits that the edge of the photograph cuts off: no more of them than a third is to be seen."""
        left, top, right, bottom = box
        size = max(right - left, bottom - top) * rng.uniform(0.7, 1.1)
        other = np.zeros_like(ink)
        free = ndimage.maximum_filter(ink, 5) == 0
        for _ in range(rng.integers(1, 4)):
            side, shown = rng.integers(4), rng.uniform(0.05, 0.33) * size
            out = size * 0.35 - shown if rng.random() < 0.7 else size / 2 - shown
            along = rng.uniform(0.1, 0.9) * SIDE
            x, y = ((-out, along), (SIDE + out, along), (along, -out), (along, SIDE + out))[side]
            other = np.maximum(other, self.draw(self._place(x, y, size, rng), pen_width(rng), rng))
        seen = ndimage.label(other > 0.3)[0]
        blocked = np.unique(seen[~free & (seen > 0)])
        return np.where(np.isin(seen, blocked) | (seen == 0) & ~free, 0, other)

    def _place(self, x: float, y: float, size: float, rng: Generator) -> Place:
        turn = rng.normal(0, 0.12) if rng.random() < 0.9 else rng.uniform(-0.6, 0.6)
        return Place(x, y, size, turn, rng.normal(0, 0.15), rng.uniform(0.75, 1.25))


def visible(rgb: np.ndarray, ink: np.ndarray) -> bool:
    """Whether a person would see the ink: its colour is apart from that around it, more so where that is uneven."""
    stroke = ink > 0.5
    around = ndimage.maximum_filter(stroke, 9) & ~ndimage.maximum_filter(ink > 0.05, 3)
    if not stroke.any() or not around.any():
        return bool(stroke.any())
    inside, outside = rgb[stroke] / 255, rgb[around] / 255
    apart = abs(inside.mean(0) - outside.mean(0))
    return bool((apart > np.maximum(0.05, 0.7 * outside.std(0))).any())


def tiny(rng: Generator) -> float:
    return float(np.exp(rng.uniform(np.log(4.5), np.log(16))))


def pen_width(rng: Generator) -> float:
    """In MNIST pixels: from a hair to a broad marker."""
    width = np.exp(rng.normal(np.log(2.1), 0.45))
    return float(np.clip(width, 0.5, 5.5))


def box_of(ink: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the ink."""
    rows, columns = np.flatnonzero((ink > 0.5).any(1)), np.flatnonzero((ink > 0.5).any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def lay(rgb: np.ndarray, ink: np.ndarray, colour: np.ndarray) -> np.ndarray:
    return rgb + (colour - rgb) * ink[..., None]


def noise(rng: Generator, size: float) -> np.ndarray:
    """Smooth noise [128, 128], mean 0, deviation 1, with blotches of so many pixels."""
    step = max(1.0, size / 2)
    coarse = ndimage.gaussian_filter(rng.standard_normal((int(SIDE / step) + 4,) * 2), size / step)
    smooth = ndimage.zoom(coarse, step, order=1)[:SIDE, :SIDE] if step > 1 else coarse[:SIDE, :SIDE]
    return (smooth - smooth.mean()) / (smooth.std() + 1e-6)


def coordinates(turn: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """x and y [128, 128] from -1 to 1, turned."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    return x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)


# What the digit lies on


def ground(rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """Paper, a board, a screen, or anything [128, 128, 3], and its colour [3]."""
    draw = rng.random()
    if draw < 0.5:  # paper
        tone = rng.uniform(0.6, 1.0) * np.array([1.0, rng.uniform(0.9, 1.0), rng.uniform(0.75, 1.0)])
    elif draw < 0.65:  # a board
        tone = rng.uniform(0.05, 0.35) * rng.uniform(0.6, 1.4, 3)
    elif draw < 0.8:  # a drawing program
        return np.broadcast_to(tone := np.full(3, rng.choice([0.0, 1.0, rng.uniform()])), (SIDE, SIDE, 3)).copy(), tone
    else:
        tone = rng.uniform(0, 1, 3)
    tone = np.clip(tone, 0, 1)
    rgb = np.broadcast_to(tone, (SIDE, SIDE, 3)).copy()
    strength = rng.choice([0.0, 0.01, 0.03, 0.06])
    for size in rng.choice([0.6, 1.5, 4.0, 12.0, 40.0], 2, replace=False):
        rgb *= 1 + strength * noise(rng, size)[..., None]
    if rng.random() < 0.06:  # the grain of wood, a weave
        _, y = coordinates(rng.uniform(0, np.pi))
        bent = y * rng.uniform(10, 60) + rng.uniform(0.2, 2) * noise(rng, 30)
        rgb *= 1 + rng.uniform(0.02, 0.12) * np.sin(bent)[..., None]
    if rng.random() < 0.35:
        rgb = ruled(rgb, tone, rng)
    return rgb, tone


def ruled(rgb: np.ndarray, tone: np.ndarray, rng: Generator) -> np.ndarray:
    """Ruled or squared paper, its lines fainter than ink is, as a rule."""
    x, y = coordinates(rng.normal(0, 0.05) if rng.random() < 0.7 else rng.uniform(-0.5, 0.5))
    pitch, width = np.exp(rng.uniform(np.log(5), np.log(60))), rng.uniform(0.5, 2.2)
    lines = np.zeros((SIDE, SIDE))
    for axis in (y, x)[: 1 + (rng.random() < 0.6)]:
        away = abs((axis * SIDE / 2 + rng.uniform(0, pitch)) % pitch - pitch / 2)
        lines = np.maximum(lines, np.clip(0.5 + width / 2 - away, 0, 1))
    return lay(rgb, lines * rng.uniform(0.1, 0.9), apart(tone, rng.uniform(0.1, 0.6), rng))


def apart(tone: np.ndarray, distance: float, rng: Generator) -> np.ndarray:
    """A colour at about a given distance in brightness from another, [3] in [0, 1]."""
    mean = tone.mean()
    sign = 1 if mean < distance else -1 if mean > 1 - distance else rng.choice([-1, 1], p=[0.75, 0.25])
    tinted = np.clip(mean + sign * distance, 0, 1) + rng.normal(0, rng.choice([0.0, 0.05, 0.2]), 3)
    return np.clip(tinted, 0, 1)


def ink_colour(tone: np.ndarray, rng: Generator) -> np.ndarray:
    """A colour that can be told from the ground's: mostly strong, sometimes faint, sometimes as bright."""
    for _ in range(20):
        draw = rng.random()
        if draw < 0.12:
            colour = rng.uniform(0, 1, 3)
        else:
            most = max(tone.mean(), 1 - tone.mean())
            colour = apart(tone, most * (rng.uniform(0.6, 1) if draw < 0.75 else rng.uniform(0.15, 0.6)), rng)
        if abs(colour - tone).max() > 0.14 and abs(colour - tone).mean() > 0.09:
            return colour
    return np.full(3, float(tone.mean() < 0.5))


def worn(rng: Generator) -> np.ndarray | float:
    """How much of the ink is on the ground: pencil and chalk are uneven."""
    draw = rng.random()
    if draw < 0.4:
        return 1.0
    full = rng.uniform(0.7, 1.0)
    if draw < 0.65:
        return full
    return np.clip(full + rng.uniform(0.03, 0.2) * noise(rng, rng.choice([0.6, 1.5, 5.0])), 0.25, 1)


# What lies around it


def surroundings(rgb: np.ndarray, box: tuple | None, tone: np.ndarray, rng: Generator) -> np.ndarray:
    """Cells, frames, forms, tables, windows."""
    draw = rng.random()
    if draw < 0.22:
        rgb = cell(rgb, box, tone, rng)
    elif draw < 0.36:
        rgb = table(rgb, box, rng)
    elif draw < 0.44:
        rgb = window(rgb, box, tone, rng)
    if rng.random() < 0.06:
        rgb = words(rgb, box, tone, rng)
    if rng.random() < 0.08:
        rgb = window(rgb, box, tone, rng, bars_only=True)
    return rgb


def around(box: tuple | None, margin: float, rng: Generator) -> tuple[float, float, float, float]:
    """A rectangle around the box, each side at its own distance; without a box, any."""
    if box is None:
        x, y = np.sort(rng.uniform(0, SIDE, 2)), np.sort(rng.uniform(0, SIDE, 2))
        return x[0], y[0], x[1] + 8, y[1] + 8
    left, top, right, bottom = box
    gaps = margin * max(right - left, bottom - top) * rng.uniform(0.3, 1.2, 4) + 1.5
    return left - gaps[0], top - gaps[1], right + gaps[2], bottom + gaps[3]


def cell(rgb: np.ndarray, box: tuple | None, tone: np.ndarray, rng: Generator) -> np.ndarray:
    """The lines of a cell, a form or a table around the digit; some may be missing, some thicker."""
    left, top, right, bottom = around(box, rng.choice([0.1, 0.25, 0.5]), rng)
    finer = 4
    image = Image.new("L", (SIDE * finer,) * 2)
    pencil = ImageDraw.Draw(image)
    turn = rng.normal(0, 0.03)
    width = np.exp(rng.uniform(np.log(0.5), np.log(6)))
    colour = apart(tone, max(tone.mean(), 1 - tone.mean()) * rng.uniform(0.15, 1), rng)
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    many = rng.random() < 0.5  # the lines go on to the next cells
    reach = SIDE * 2

    def line(a: tuple, b: tuple, width: float) -> None:
        turned = []
        for point in (a, b):
            x, y = np.array(point) - middle
            turned.append(tuple(finer * (middle + np.array([x - turn * y, y + turn * x]))))
        pencil.line(turned, 255, max(1, round(width * finer)))

    for k, (horizontal, at) in enumerate([(1, top), (1, bottom), (0, left), (0, right)]):
        if rng.random() < 0.12:
            continue
        own = width * (rng.uniform(1.5, 3) if rng.random() < 0.15 else 1)
        ends = (-reach, reach) if many else ((left, right) if horizontal else (top, bottom))
        line((ends[0], at) if horizontal else (at, ends[0]), (ends[1], at) if horizontal else (at, ends[1]), own)
        if many and rng.random() < 0.5:
            beyond = at + (-1 if k in (0, 2) else 1) * (bottom - top if horizontal else right - left)
            line(
                (-reach, beyond) if horizontal else (beyond, -reach),
                (reach, beyond) if horizontal else (beyond, reach),
                own,
            )
    if rng.random() < 0.1:
        pencil.ellipse([finer * v for v in (left, top, right, bottom)], None, 255, max(1, round(width * finer)))
    lines = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255
    return lay(rgb, lines * rng.uniform(0.6, 1), colour)


def polygon(points: np.ndarray, soft: float = 0.0) -> np.ndarray:
    """Coverage [128, 128] of a polygon with corners (x, y) [n, 2] in pixels."""
    image = Image.new("L", (SIDE * 3,) * 2)
    ImageDraw.Draw(image).polygon([tuple(3 * point) for point in points], 255)
    inside = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255
    return ndimage.gaussian_filter(inside, soft) if soft else inside


def table(rgb: np.ndarray, box: tuple | None, rng: Generator) -> np.ndarray:
    """The digit's sheet on a table that is seen along one side or more, darker or brighter, with the sheet's shadow."""
    left, top, right, bottom = around(box, rng.uniform(0.15, 1), rng)
    edges = np.array([left, top, right, bottom])
    away = np.array([-SIDE, -SIDE, 2 * SIDE, 2 * SIDE])
    edges = np.where(rng.random(4) < 0.5, edges, away)
    left, top, right, bottom = edges
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
    turn = rng.normal(0, 0.08)
    middle = np.array([SIDE / 2, SIDE / 2])
    corners = (corners - middle) @ np.array([[1, turn], [-turn, 1]]) + middle + rng.normal(0, 2, (4, 2))
    sheet = polygon(corners, rng.choice([0.0, 0.5, 1.5]))
    desk = np.clip(rng.uniform(0, 1) * rng.uniform(0.5, 1.2, 3), 0, 1)
    if rng.random() < 0.5:
        desk = np.clip(rgb.mean((0, 1)) * rng.uniform(0.3, 0.8), 0, 1)
    if rng.random() < 0.3:
        desk = things(np.broadcast_to(desk, rgb.shape), rng)
    below = desk * (1 + rng.choice([0.01, 0.05, 0.15]) * noise(rng, rng.choice([1.0, 4.0, 15.0])))[..., None]
    if rng.random() < 0.4:
        below = below * (
            1 - 0.5 * ndimage.gaussian_filter(np.roll(sheet, rng.integers(-4, 5, 2), (0, 1)), 3)[..., None]
        )
    return below + (rgb - below) * sheet[..., None]


FONT_SIZES = (5, 7, 9, 12)


def words(rgb: np.ndarray, box: tuple | None, tone: np.ndarray, rng: Generator) -> np.ndarray:
    """Lines of small print, away from the digit."""
    image = Image.new("L", (SIDE, SIDE))
    pencil = ImageDraw.Draw(image)
    limit = SIDE if box is None else 0.3 * max(box[2] - box[0], box[3] - box[1])
    fitting = [size for size in FONT_SIZES if size < max(limit, 6)]
    font = ImageFont.load_default(rng.choice(fitting))
    for _ in range(rng.integers(1, 5)):
        text = "".join(rng.choice(list("abcdefghi klmnopr stuvw xyz ABC DEF 0123456789.:"), rng.integers(3, 22)))
        pencil.text(tuple(rng.uniform(-10, SIDE - 10, 2)), text, 255, font)
    print_ = np.asarray(image) / 255
    if box is not None:
        left, top, right, bottom = (int(v) for v in box)
        print_[max(0, top - 3) : bottom + 3, max(0, left - 3) : right + 3] = 0
    return lay(rgb, print_, apart(tone, max(tone.mean(), 1 - tone.mean()) * rng.uniform(0.3, 1), rng))


def window(rgb: np.ndarray, box: tuple | None, tone: np.ndarray, rng: Generator, bars_only: bool = False) -> np.ndarray:
    """A program's window around the drawing: bars, buttons, a canvas with its frame."""
    left, top, right, bottom = around(box, rng.uniform(0.1, 0.8), rng)
    image = rgb.copy()

    def fill(x0: float, y0: float, x1: float, y1: float, colour: np.ndarray) -> None:
        x0, y0, x1, y1 = (int(np.clip(round(v), 0, SIDE)) for v in (x0, y0, x1, y1))
        image[y0:y1, x0:x1] = colour

    outside = np.full(3, rng.uniform(0, 1)) + rng.normal(0, 0.03, 3)
    if not bars_only and rng.random() < 0.6:  # the canvas on the window's own ground
        inside = image[max(0, int(top)) : int(bottom), max(0, int(left)) : int(right)].copy()
        image[:] = np.clip(outside, 0, 1)
        image[max(0, int(top)) : int(bottom), max(0, int(left)) : int(right)] = inside
    if not bars_only and rng.random() < 0.8:
        width, colour = rng.uniform(0.6, 2.5), apart(tone, rng.uniform(0.2, 1), rng)
        for x0, y0, x1, y1 in ((left, top, right, top), (left, bottom, right, bottom), (left, top, left, bottom),
                               (right, top, right, bottom)):  # fmt: skip
            fill(x0 - width / 2, y0 - width / 2, x1 + width / 2 + 0.5, y1 + width / 2 + 0.5, colour)
    gap, labels = 3, []
    for side in range(4):
        if rng.random() < 0.55:
            continue
        room = max(0, (top, SIDE - bottom, left, SIDE - right)[side] - gap)
        thick = rng.uniform(0.2, 1) * room
        shade = np.clip(rng.uniform(0, 1) * rng.uniform(0.8, 1.2, 3), 0, 1)
        bars = ((0, 0, SIDE, thick), (0, SIDE - thick, SIDE, SIDE), (0, 0, thick, SIDE), (SIDE - thick, 0, SIDE, SIDE))
        x0, y0, x1, y1 = bars[side]
        if rng.random() < 0.7:
            fill(x0, y0, x1, y1, shade)
        for _ in range(rng.integers(0, 4)):  # buttons, of one colour or with a word
            wide, tall = rng.uniform(3, 40), rng.uniform(2, max(2.5, 0.8 * thick))
            x = rng.uniform(x0, max(x0 + 1, x1 - wide))
            y = rng.uniform(y0, max(y0 + 1, y1 - tall))
            if side < 2 or wide < thick:
                tone = rng.uniform(0, 1, 3) if rng.random() < 0.5 else np.full(3, rng.uniform())
                if rng.random() < 0.7:
                    fill(x, y, x + wide, y + tall, tone)
                if rng.random() < 0.6:
                    labels.append((x + 0.15 * wide, y + 0.1 * tall, wide, tall, float(tone.mean() < 0.5)))
    for x, y, wide, tall, grey in labels:
        text = Image.new("L", (SIDE, SIDE))
        size = max(4, min(0.7 * tall, 14))
        word = "".join(rng.choice(list("abcdeghiklmnoprstuvwxyzACDEKLMORSTX"), max(1, int(wide / size * 1.4))))
        ImageDraw.Draw(text).text((x, y), word, 255, ImageFont.load_default(size))
        image = lay(image, np.asarray(text) / 255, np.full(3, grey))
    if box is None:
        return image
    left, top, right, bottom = (int(v) for v in box)
    image[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = rgb[
        max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1
    ]
    return image


def things(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    """Something that is no digit: heaps of shaded shapes, rings, branches, spots, bricks, clouds."""
    for kind in rng.choice(len(THINGS), rng.integers(1, 4), p=(0.35, 0.1, 0.1, 0.15, 0.1, 0.1, 0.1)):
        rgb = THINGS[kind](rgb, rng)
    return rgb.clip(0, 1)


def clouds(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    for size, weight in zip((2.0, 5.0, 12.0, 40.0), rng.uniform(0, 0.25, 4), strict=True):
        rgb = rgb + weight * noise(rng, size)[..., None] * rng.uniform(0.3, 1, 3)
    return rgb


def shade(rng: Generator) -> np.ndarray:
    """A colour, uneven or falling off to one side: [128, 128, 3]."""
    x, _ = coordinates(rng.uniform(0, 2 * np.pi))
    grain = rng.uniform(0, 0.4) * noise(rng, rng.choice([1.0, 2.0, 10.0, 40.0])) + rng.uniform(0, 0.6) * x
    return rng.uniform(0, 1, 3) * (1 + grain)[..., None]


def outline(rng: Generator, least: float = 4, most: float = 90) -> np.ndarray:
    """The corners (x, y) of a closed shape, round or jagged, anywhere."""
    centre, radius = rng.uniform(-20, SIDE + 20, 2), np.exp(rng.uniform(np.log(least), np.log(most)))
    count = int(rng.choice([3, 4, 5, 8, 16, 40]))
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 7)
    rough = radius * (1 + rng.choice([0.0, 0.1, 0.3]) * rng.standard_normal(count))
    shape = rough[:, None] * np.stack([np.cos(angle), rng.uniform(0.3, 1) * np.sin(angle)], 1)
    cos, sin = np.cos(turn := rng.uniform(0, 7)), np.sin(turn)
    return centre + shape @ np.array([[cos, sin], [-sin, cos]])


def shapes(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    for _ in range(rng.integers(1, 12)):
        inside = polygon(outline(rng), rng.choice([0.0, 1.0, 4.0])) * rng.uniform(0.5, 1)
        rgb = rgb + (shade(rng) - rgb) * inside[..., None]
    return rgb


def rings(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    """Rims, as of cups, plates, lenses: shapes within shapes, most of them cut off by the edge."""
    for _ in range(rng.integers(1, 4)):
        corners = outline(rng, 25)
        middle = corners.mean(0)
        for size in np.sort(rng.uniform(0.5, 1.1, rng.integers(2, 5)))[::-1]:
            inside = polygon(middle + size * (corners - middle), rng.choice([0.3, 1.0]))
            rgb = rgb + (shade(rng) - rgb) * inside[..., None]
    return rgb


def branches(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    """Many thin lines, as of grass, wires, twigs, hair."""
    image = Image.new("L", (SIDE * 2,) * 2)
    pencil = ImageDraw.Draw(image)
    turn, spread = rng.uniform(0, 7), rng.choice([0.1, 0.5, 3.0])
    for _ in range(rng.integers(5, 120)):
        at, angle = rng.uniform(0, 2 * SIDE, 2), turn + spread * rng.standard_normal()
        to = at + rng.uniform(10, 200) * np.array([np.cos(angle), np.sin(angle)])
        pencil.line([*at, *to], int(rng.uniform(80, 256)), int(rng.integers(1, 6)))
    lines = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255
    return rgb + (shade(rng) - rgb) * lines[..., None]


def spots(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    """Where a cloud is dense: stains, leaves, cells, stars."""
    cloud = noise(rng, np.exp(rng.uniform(np.log(2), np.log(20))))
    inside = np.clip((cloud - rng.uniform(-0.3, 2)) * rng.uniform(2, 20), 0, 1)
    return rgb + (shade(rng) - rgb) * inside[..., None]


def bricks(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    """Stones with joints between them, each a little different."""
    x, y = coordinates(rng.uniform(0, 7))
    wide, tall = np.exp(rng.uniform(np.log(8), np.log(50), 2))
    line = np.floor(y * 64 / tall)
    column = x * 64 / wide + 0.5 * (line % 2)
    joint = np.minimum(column % 1 * wide, y * 64 % tall) < rng.uniform(0.5, 4)
    tone = rng.uniform(0.8, 1.1, 997)[((line * 31 + np.floor(column) * 17) % 997).astype(int)]
    stones = shade(rng) * tone[..., None]
    return np.where(joint[..., None], rng.uniform(0, 1, 3), stones) * (1 + 0.05 * noise(rng, 1.5))[..., None]


def flowing(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    """Wavy stripes: cloth, wood, water, skin."""
    _, y = coordinates(rng.uniform(0, np.pi))
    bent = y * rng.uniform(5, 60) + rng.uniform(0.3, 4) * noise(rng, rng.choice([15.0, 40.0]))
    wave = np.clip(0.5 + rng.uniform(0.5, 4) * np.sin(bent), 0, 1)
    return rgb + (shade(rng) - rgb) * (wave * rng.uniform(0.2, 1))[..., None]


THINGS = (shapes, rings, branches, spots, bricks, flowing, clouds)


def marks(rgb: np.ndarray, ink: np.ndarray, colour: np.ndarray, rng: Generator) -> np.ndarray:
    """Specks, stains, and marks that the edge of the photograph cuts off, where no ink is."""
    free = 1 - np.minimum(1, ndimage.maximum_filter(ink, 5))
    spots = np.zeros((SIDE, SIDE))
    for _ in range(rng.integers(0, 12)):
        x, y = rng.integers(0, SIDE - 3, 2)
        spots[y : y + rng.integers(1, 3), x : x + rng.integers(1, 3)] = rng.uniform(0.3, 1)
    if rng.random() < 0.5:
        for _ in range(rng.integers(1, 3)):
            side, along = rng.integers(4), rng.uniform(0, SIDE)
            wide, tall = rng.uniform(2, 18), rng.uniform(1, 8)
            inward = rng.uniform(-0.5, 0.3) * tall
            x, y = ((inward, along), (SIDE - inward, along), (along, inward), (along, SIDE - inward))[side]
            wide, tall = (tall, wide) if side < 2 else (wide, tall)
            angle = np.linspace(0, 2 * np.pi, 24)
            spots = np.maximum(spots, polygon(np.stack([x + wide * np.cos(angle), y + tall * np.sin(angle)], 1)))
    return lay(rgb, spots * free, colour if rng.random() < 0.6 else rng.uniform(0, 1, 3))


# Light and camera


def lit(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    """Light that falls off, corners that darken, shadows with soft and hard edges."""
    light = np.ones((SIDE, SIDE))
    if rng.random() < 0.5:
        x, _ = coordinates(rng.uniform(0, 2 * np.pi))
        light = light * (1 - rng.uniform(0, 0.6) * (x + 1) / 2)
    if rng.random() < 0.2:
        x, y = coordinates()
        light = light * (1 - rng.uniform(0, 0.25) * (x * x + y * y))
    for _ in range(rng.choice([0, 1, 2], p=[0.55, 0.33, 0.12])):
        angle = rng.uniform(0, 2 * np.pi)
        ahead, aside = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        near = SIDE / 2 + ahead * rng.uniform(-0.5, 0.5) * SIDE
        wide = 3 * SIDE if rng.random() < 0.6 else rng.uniform(10, 70)  # half of the photograph, or a hand's
        far = 3 * SIDE if rng.random() < 0.8 else rng.uniform(20, 80)
        corners = np.stack([near - aside * wide, near + aside * wide, near + aside * wide + ahead * far,
                            near - aside * wide + ahead * far])  # fmt: skip
        soft = np.exp(rng.uniform(np.log(0.2), np.log(12)))
        light = light * (1 - rng.uniform(0.1, 0.65) * polygon(corners, soft))
    return rgb * light[..., None]


def photograph(rgb: np.ndarray, rng: Generator) -> np.ndarray:
    """What a camera makes of a scene: uint8 [128, 128, 3]."""
    if rng.random() < 0.35:
        rgb = ndimage.gaussian_filter(rgb, (*[rng.uniform(0.3, 1.6)] * 2, 0))
    if rng.random() < 0.3:
        rgb = rgb.clip(0, 1) ** rng.uniform(0.6, 1.6) * rng.uniform(0.7, 1.2, 3)
    if rng.random() < 0.55:
        strength = np.exp(rng.uniform(np.log(0.004), np.log(0.07)))
        grain = rng.normal(0, strength, (SIDE, SIDE, rng.choice([1, 3])))
        rgb = rgb + (ndimage.gaussian_filter(grain, (0.6, 0.6, 0)) * 2 if rng.random() < 0.4 else grain)
    image = Image.fromarray(np.rint(255 * rgb.clip(0, 1)).astype(np.uint8))
    if rng.random() < 0.12:  # taken small, shown large
        less = int(rng.uniform(28, 100))
        image = image.resize((less, less), Image.Resampling.BOX).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    if rng.random() < 0.35:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(rng.uniform(25, 95)))
        image = Image.open(file)
    return np.asarray(image)


def cropped(rgb: np.ndarray, ink: np.ndarray, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """The photograph cut close to the ink, on all sides or on some, so that the ink may touch the edge."""
    left, top, right, bottom = box_of(ink)
    size = max(right - left, bottom - top)
    if size < 24:
        return rgb, ink
    room = np.where(rng.random(4) < 0.6, rng.uniform(-0.03, 0.06, 4) * size, rng.uniform(0, 0.4, 4) * size)
    edges = np.array([left - room[0], top - room[1], right + room[2], bottom + room[3]])
    left, top, right, bottom = np.clip(np.rint(edges), 0, SIDE).astype(int)
    return squared(rgb[top:bottom, left:right], ink[top:bottom, left:right])


def letterboxed(rgb: np.ndarray, ink: np.ndarray, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """A strip of the photograph, wider than tall or taller than wide, that has all the ink."""
    axis = int(rng.integers(2))
    inside = np.flatnonzero((ink > 0).any(1 - axis))
    middle = np.sort(rng.integers(10, SIDE - 10, 2)) + np.array([0, 10])
    first, last = (inside[0], inside[-1] + 1) if len(inside) else middle
    first, last = int(rng.integers(0, first + 1)), int(rng.integers(last, SIDE + 1))
    if last - first < 8:
        return rgb, ink
    part = (slice(first, last), slice(None)) if axis == 0 else (slice(None), slice(first, last))
    return squared(rgb[part], ink[part])


def squared(rgb: np.ndarray, ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A photograph that is not square, as the network looks at it: its longer side 128, its edges repeated beyond."""
    look = Look.whole(rgb.shape[:2])
    seen = look.at(rgb.astype(np.float32))
    height, width = ink.shape
    side = max(height, width)
    before = [(side - length) // 2 for length in ink.shape]
    field = np.zeros((side, side), np.float32)
    field[before[0] : before[0] + height, before[1] : before[1] + width] = ink
    whole = Look(0, 0, side)
    return np.rint(seen.clip(0, 255)).astype(np.uint8), whole.at(field[..., None], SIDE)[..., 0].clip(0, 1)
