"""Any picture of a handwritten digit, made into the 28 x 28 image that MNIST's authors would have made of it.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998), section III-A:
the digit is scaled to fit a 20 x 20 box while keeping its shape, then placed so that its centre of mass is the centre
of a 28 x 28 field. They began from clean black-and-white scans; most of the work here is to find the ink first.
"""

import math
from os import PathLike
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage
from skimage.filters import threshold_otsu

FIELD, BOX = 28, 20
WORKING_SIDE = 512  # larger pictures are shrunk to this before their ink is looked for
MAX_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "AVIF")  # none that starts another program
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
HALF_LEVEL = 1 / 510  # half a step of an 8-bit picture: anything less is rounding
LEAST_CONTRAST = 0.06  # fainter marks than this share of the background's light are no digit
SMALLEST_PART = 0.04  # a stroke with less than this share of the largest one's ink is a speck
THIN_STROKE, USUAL_STROKE = 1.1, 2.3  # in pixels of the 20 x 20 box: hardly any MNIST digit is thinner; their median

TOO_LARGE = "This picture is too large: please upload one of at most 50 megapixels."
UNREADABLE = "This file cannot be read as a picture: please upload a JPEG or PNG image."
EMPTY = "This picture is empty: please upload a picture of one digit."
NO_DIGIT = "No digit stands out in this picture: please upload one digit in clear ink on a plain background."


class PictureError(ValueError):
    """A picture that cannot be used; the message is a sentence that tells the person what to do."""


class NoDigit(PictureError):
    """A picture in which no ink stands out from the background."""


def load(source: str | PathLike | BinaryIO) -> Image.Image:
    """Open an uploaded picture safely: its first frame, upright, and no larger in memory than it need be.

    Args:
        source: path or binary file of a JPEG, PNG, GIF, WebP, BMP, TIFF, PPM or AVIF picture of at most 50 megapixels.

    Returns:
        The decoded picture, turned as its EXIF orientation says. Large JPEGs come back reduced.

    Raises:
        PictureError: the file is no picture, is damaged, or (by its header, before decoding) is too large.
    """
    try:
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureError(TOO_LARGE)
            image.draft(None, (WORKING_SIDE, WORKING_SIDE))
            image.load()
            return ImageOps.exif_transpose(image)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(TOO_LARGE) from error
    except Exception as error:  # a damaged file can raise almost anything from inside a decoder
        raise PictureError(UNREADABLE) from error


def normalize(image: Image.Image) -> np.ndarray:
    """Find the digit in a picture and lay it out as MNIST does (LeCun et al. 1998, section III-A).

    Args:
        image: a picture of one digit, of any size and mode: dark ink on light or light on dark, on an opaque or a
            transparent ground.

    Returns:
        float32 [28, 28] in [0, 1]: white ink on black, its longer side 20 pixels, its centre of mass in the centre.

    Raises:
        NoDigit: nothing stands out from the background.
        PictureError: the colours of the picture cannot be read.
    """
    if 0 in image.size:
        raise NoDigit(EMPTY)
    ink = _crop(_find_digit(_planes(image)))
    width = _stroke_width(ink > 0.5) * BOX / max(ink.shape)
    if width < THIN_STROKE:
        ink = _crop(_thicken(ink, USUAL_STROKE - width))
    ink = _fit(ink, BOX)
    return _place(ink / ink.max())


def _planes(image: Image.Image) -> list[np.ndarray]:
    """Brightness, followed by red, green and blue where there is colour: float32 [H, W] planes in [0, 1]."""
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return [_from_numbers(np.nan_to_num(np.asarray(image)).astype(np.float64))]
    if image.mode in ("1", "L") and not image.has_transparency_data:
        return [np.asarray(_shrink(image.convert("L")), np.float32) / 255]
    try:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    except ValueError as error:
        raise PictureError(UNREADABLE) from error
    colour = np.asarray(_shrink(image), np.float32) / 255
    if colour.shape[2] == 4:
        colour = _composite(colour[..., :3], colour[..., 3])
    return [colour @ LUMA, *np.moveaxis(colour, 2, 0)]


def _from_numbers(values: np.ndarray) -> np.ndarray:
    """The plane of a picture whose white may be 1, 255, 65535 or, failing those, its greatest value."""
    values = values - min(values.min(), 0)
    white = next((white for white in (1, 255, 65535) if values.max() <= white), values.max())
    return np.asarray(_shrink(Image.fromarray((values / white).astype(np.float32))))


def _shrink(image: Image.Image) -> Image.Image:
    scale = WORKING_SIDE / max(image.size)
    if scale >= 1:
        return image
    size = [max(1, round(side * scale)) for side in image.size]
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=2)


def _composite(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lay a transparent picture [H, W, 3] over a ground on which its drawing shows."""
    if not alpha.any():
        raise NoDigit(EMPTY)
    luma = colour @ LUMA
    mean = np.average(luma, weights=alpha)
    spread = math.sqrt(np.average((luma - mean) ** 2, weights=alpha))
    if alpha.mean() > 0.5 and spread > LEAST_CONTRAST / 2:  # a drawing on a sheet that has holes or a cut-out edge
        ground = np.median(colour[alpha > 0.5], axis=0)
    else:  # what is opaque is the drawing
        ground = np.float32(mean < 0.5)
    return colour * alpha[..., None] + ground * (1 - alpha[..., None])


def _find_digit(planes: list[np.ndarray]) -> np.ndarray:
    """Ink [H, W] of the digit, on the sheet of paper if it is one that stands out from a table first."""
    ink = _extract(_find_ink(planes))
    sheet = ink > 0.5
    rows, columns = sheet.any(axis=1).sum(), sheet.any(axis=0).sum()
    if min(rows / len(ink), columns / ink.shape[1]) < 0.4 or np.count_nonzero(sheet) < 0.7 * rows * columns:
        return ink
    sheet = ndimage.binary_erosion(ndimage.binary_fill_holes(sheet), iterations=max(2, min(ink.shape) // 50))
    if not sheet.any():
        return ink
    # The table takes the colour of the nearest paper, so that nothing but the sheet is left.
    nearest = ndimage.distance_transform_edt(~sheet, return_distances=False, return_indices=True)
    try:
        return _extract(_find_ink([plane[tuple(nearest)] for plane in planes]))
    except NoDigit:  # no sheet after all, but a digit drawn very thickly
        return ink


def _find_ink(planes: list[np.ndarray]) -> np.ndarray:
    """Strength of the ink [H, W]: the share of the background's light that it takes away (or adds); noise about 0."""
    fits = [_fit_background(plane) for plane in planes]
    contrast = [contrast for _, contrast in fits]
    # Brightness has the least noise: a colour must show the ink clearly better to be used in its place.
    best = int(np.argmax(contrast)) if max(contrast) > 1.2 * contrast[0] else 0
    background = _surface(fits[best][0], planes[best].shape)
    depth = background - planes[best]
    # Ink covers less than the background does, so it is the long tail of the depths.
    if float((depth * depth * depth).sum()) >= 0:
        return depth / np.maximum(background, 0.1)
    return -depth / np.maximum(1 - background, 0.1)


def _axes(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates y [H, 1] and x [1, W] from -1 to 1."""
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) if side > 1 else np.zeros(1, np.float32) for side in shape)
    return y[:, None], x[None]


def _surface(fit: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    y, x = _axes(shape)
    c, cx, cy, cxx, cxy, cyy = fit.astype(np.float32)
    return (c + cx * x + cxx * x * x) + (cy * y + cyy * y * y) + cxy * y * x


def _fit_background(plane: np.ndarray) -> tuple[np.ndarray, float]:
    """The quadratic surface [6] of paper or board under uneven light, and the mean square distance from it."""
    steps = [math.ceil(side / 50) for side in plane.shape]
    rows, columns = (slice(step // 2, None, step) for step in steps)  # 2500 pixels tell enough
    y, x = _axes(plane.shape)
    y, x = y[rows].astype(np.float64), x[:, columns].astype(np.float64)
    values = plane[rows, columns].astype(np.float64).ravel()
    terms = np.stack(np.broadcast_arrays(1.0, x, y, x * x, x * y, y * y)).reshape(6, -1)
    trust = (np.maximum(abs(y), abs(x)) ** 4 + 0.02).ravel()  # the edge of a picture is seldom ink
    flat, flat_residual = _robust_fit(terms[:1], values, trust)
    curved, curved_residual = _robust_fit(terms, values, trust)
    if _spread(flat_residual) <= max(1.1 * _spread(curved_residual), HALF_LEVEL):
        curved, curved_residual = np.pad(flat, (0, 5)), flat_residual  # a curve would only bend into a thick digit
    return curved, float((curved_residual**2).mean())


def _robust_fit(terms: np.ndarray, values: np.ndarray, trust: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Iteratively reweighted least squares of terms [k, n] to values [n]: coefficients [k] and residuals [n]."""
    residual = values - np.median(values[trust > 0.5 * trust.max()])  # what the rim shows
    for turn in range(14):
        scale = max(2 * _spread(residual), 1e-3)
        if turn < 3:  # least absolute deviations comes near the majority from any start
            weight = trust * scale / np.maximum(abs(residual), scale)
        else:  # Tukey's biweight then lets go of the ink altogether
            weight = trust * np.maximum(1 - (residual / (4 * scale)) ** 2, 0) ** 2
        weighted = terms * weight
        fit = np.linalg.lstsq(weighted @ terms.T, weighted @ values, rcond=1e-10)[0]
        residual = values - fit @ terms
    return fit, residual


def _spread(residual: np.ndarray) -> float:
    """The size that a third of the residuals stay under: that many are background even behind a thick digit."""
    third = residual.size // 3
    return float(np.partition(abs(residual), third)[third])


def _extract(strength: np.ndarray) -> np.ndarray:
    """Ink [H, W] in [0, 1] of the digit alone: exactly 0 wherever there is none, 1 where it is full."""
    below = -strength[strength <= 0]
    noise = 1.5 * float(np.median(below)) if below.size else 0.0
    floor = max(3 * noise, HALF_LEVEL)
    candidates = strength[strength > floor]
    if not candidates.size:
        raise NoDigit(NO_DIGIT)
    core = strength >= threshold_otsu(candidates)
    if strength[core].mean() < max(LEAST_CONTRAST, 6 * noise):
        raise NoDigit(NO_DIGIT)
    reach = math.ceil(_stroke_width(core) / 2) + 1
    # What lies away from all ink is background, and shows how strong its grain or its ruled lines are.
    away = strength[~_grow(core, reach)]
    if away.size:
        floor = max(floor, float(np.percentile(away, 99)))
    core = _drop_clutter(core, strength)
    full = float(np.percentile(strength[core], 75))
    return np.where(_grow(core, reach), np.clip((strength - floor) / (full - floor), 0, 1), 0)


def _drop_clutter(core: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Keep the strokes of the digit; leave out specks, and a dark table or shadow along the picture's edge."""
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


def _stroke_width(mask: np.ndarray) -> float:
    """Mean width of the strokes in pixels: twice their area over the length of their outline."""
    outline = sum(np.count_nonzero(np.diff(np.pad(mask, 1), axis=axis)) for axis in (0, 1)) * math.pi / 4
    return 2 * np.count_nonzero(mask) / outline


def _crop(ink: np.ndarray) -> np.ndarray:
    """The ink's bounding box: in a small picture of every trace, in a large one without the blur around strokes."""
    inside = ink > (0.2 if max(ink.shape) > FIELD else 0)
    rows, columns = inside.any(axis=1).nonzero()[0], inside.any(axis=0).nonzero()[0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _thicken(ink: np.ndarray, extra: float) -> np.ndarray:
    """Widen every stroke by `extra` pixels of the 20 x 20 box, as if drawn with a broader pen."""
    finer = 10
    radius = finer * extra / 2
    reach = math.ceil(radius)
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    return ndimage.grey_dilation(np.pad(_fit(ink, finer * BOX), reach), footprint=x * x + y * y <= radius * radius)


def _fit(ink: np.ndarray, side: int) -> np.ndarray:
    """Scale ink [h, w] so that its longer side is `side`; its shape is kept."""
    scale = side / max(ink.shape)
    height, width = (max(1, round(length * scale)) for length in ink.shape)
    method = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BICUBIC
    resized = Image.fromarray(ink.astype(np.float32)).resize((width, height), method)
    return np.clip(np.asarray(resized), 0, 1)


def _place(ink: np.ndarray) -> np.ndarray:
    """Lay ink [h, w] into the field by whole pixels, its centre of mass in [13.5, 14.5) as in every MNIST digit."""
    field = np.zeros((FIELD, FIELD), np.float32)
    top, left = (
        min(max(math.ceil((FIELD - 1) / 2 - centre), 0), FIELD - length)
        for centre, length in zip(ndimage.center_of_mass(ink), ink.shape, strict=True)
    )
    field[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return field
