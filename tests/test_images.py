"""Pictures of one digit, however taken, become the same 28 x 28 image; anything else gives one clear error."""

import contextlib
import io
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw
from scipy import ndimage

from bench import photos as photos_bench
from vae.images import Edits, find, normalize
from vae.images.files import ImageError, NoDigit, load, pixels
from vae.images.ink import search

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in (".jpg", ".png"))
with np.load(ROOT / "tests" / "data" / "digits.npz") as _digits:  # twenty MNIST test digits of each class
    MNIST, LABELS = _digits["images"], _digits["labels"]
ORIENTATION = 0x0112
# A five, drawn with a bar that does not touch its body; x and y in the unit square.
BODY = [(0.36, 0.28), (0.34, 0.48), (0.50, 0.44), (0.63, 0.52), (0.64, 0.66), (0.52, 0.78), (0.34, 0.74)]
BAR = [(0.44, 0.22), (0.66, 0.20)]


def ink(side=400, scale=1.0, shift=(0.0, 0.0), pen=0.08):
    """Where a pen has drawn the five: float [side, side] in [0, 1]."""
    fine = 4
    canvas = Image.new("L", (side * fine, side * fine))
    draw = ImageDraw.Draw(canvas)
    radius = pen * scale * side * fine / 2
    for stroke in (BODY, BAR):
        points = [((x - 0.5) * scale + 0.5 + shift[0], (y - 0.5) * scale + 0.5 + shift[1]) for x, y in stroke]
        points = [(x * side * fine, y * side * fine) for x, y in points]
        draw.line(points, fill=255, width=round(2 * radius), joint="curve")
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(canvas.resize((side, side), Image.Resampling.BOX)) / 255


def picture(mask, paper=(1.0, 1.0, 1.0), pen=(0.0, 0.0, 0.0), light=None, noise=0.0):
    """Paint ink on paper, light it (float [H, W]) and add camera noise."""
    scene = np.array(paper) + (np.array(pen) - np.array(paper)) * mask[..., None]
    scene = scene if light is None else scene * light[..., None]
    scene = scene + np.random.default_rng(0).normal(0, 1, scene.shape) * noise
    return Image.fromarray((np.clip(scene, 0, 1) * 255).round().astype(np.uint8))


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def difference(a, b):
    """The mean difference of two digits; where a centre of mass lies between two pixels, either may be its place."""
    moved = (np.roll(a, shift, (0, 1)) for shift in np.ndindex(3, 3))
    return min(float(np.abs(np.roll(one, (-1, -1), (0, 1)) - b).mean()) for one in moved)


@pytest.fixture(scope="module")
def expected():
    return normalize(picture(ink()))


def assert_like(image, expected, tolerance=0.03):
    """The tolerance is far below what another digit would give: two of MNIST's differ by 0.15 on average."""
    result = normalize(image)
    assert result.shape == (28, 28) and result.dtype == np.float32
    assert difference(result, expected) < tolerance


def assert_laid_out(result):
    """MNIST's layout: the longer side is 20, and the centre of mass lies within half a pixel of index 14."""
    assert result.shape == (28, 28) and result.dtype == np.float32
    assert result.min() == 0 and result.max() == 1
    rows, columns = result.any(axis=1).nonzero()[0], result.any(axis=0).nonzero()[0]
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    for axis in (0, 1):
        centre = (result.sum(axis=1 - axis) * np.arange(28)).sum() / result.sum()
        assert 13.49 < centre < 14.51


def test_the_five_is_laid_out_as_mnist_does_and_keeps_its_bar(expected):
    assert_laid_out(expected)
    without_bar = ink() * (np.arange(400)[:, None] > 0.265 * 400)
    assert difference(normalize(picture(without_bar)), expected) > 0.05


@pytest.mark.parametrize("shift", [(0.1, 0.1), (-0.2, 0.0), (0.15, -0.12), (-0.13, 0.11)])
def test_where_the_digit_stands_makes_no_difference(shift, expected):
    assert_like(picture(ink(shift=shift)), expected, 0.02)


@pytest.mark.parametrize(("side", "scale"), [(40, 1), (120, 1), (400, 0.3), (400, 1.5), (1500, 0.6)])
def test_size_makes_no_difference(side, scale, expected):
    assert_like(picture(ink(side, scale)), expected, 0.08 if side == 40 else 0.03)


def test_inversion_makes_no_difference():
    light = np.linspace(1, 0.5, 400)[None] * np.ones((400, 1))
    image = picture(ink(), light=light, noise=0.02)
    inverted = Image.fromarray(255 - np.asarray(image))
    assert difference(normalize(inverted), normalize(image)) < 0.01


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 30, 30)])
def test_a_drawing_on_a_transparent_ground(colour, expected):
    rgba = np.empty((400, 400, 4), np.uint8)
    rgba[..., :3] = colour
    rgba[..., 3] = (ink() * 255).round()
    assert_like(Image.fromarray(rgba), expected, 0.01)


def test_an_opaque_sheet_with_transparent_corners(expected):
    image = picture(ink()).convert("RGBA")
    corners = Image.new("L", image.size)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, 399, 399), 60, fill=255)
    image.putalpha(corners)
    assert_like(image, expected, 0.01)


@pytest.mark.parametrize(
    ("paper", "pen"),
    [
        ((0.95, 0.92, 0.82), (0.15, 0.2, 0.6)),
        ((0.98, 0.9, 0.3), (0.8, 0.1, 0.1)),
        ((0.15, 0.28, 0.2), (0.9, 0.9, 0.85)),
        ((0.2, 0.35, 0.95), (0.87, 0.1, 0.1)),  # as bright as one another
    ],
)
def test_colours_make_no_difference(paper, pen, expected):
    assert_like(picture(ink(), paper, pen, noise=0.02), expected)


def falling_light(kind):
    y, x = np.mgrid[-1:1:400j, -1:1:400j]
    return {"side": 0.7 - 0.3 * x, "corner": 0.7 - 0.15 * (x + y), "vignette": 1 - 0.3 * (x * x + y * y)}[kind]


@pytest.mark.parametrize("kind", ["side", "corner", "vignette"])
def test_light_that_falls_to_two_fifths(kind, expected):
    assert_like(picture(ink(), light=falling_light(kind), noise=0.03), expected)


def test_a_broad_marker_that_fills_a_picture_in_falling_light():
    mask = ink(scale=1.2, pen=0.12)  # a third of the crop below is ink
    tight = picture(mask, light=falling_light("corner"), noise=0.02).crop((60, 20, 345, 385))
    assert_like(tight, normalize(picture(mask)))


def test_ruled_lines_specks_and_compression_leave_no_trace(expected):
    rng = np.random.default_rng(1)
    scene = np.asarray(picture(ink(), noise=0.02)).copy()
    scene[20::40] = np.minimum(scene[20::40], [170, 190, 230])
    for y, x in rng.integers(0, 395, (25, 2)):
        scene[y : y + 3, x : x + 3] = 20
    assert_like(load(io.BytesIO(encoded(Image.fromarray(scene), "JPEG", quality=60))), expected, 0.04)


def test_a_sheet_on_a_dark_table(expected):
    scene = Image.new("RGB", (600, 600), (110, 75, 50))
    scene.paste(picture(ink()), (90, 110))
    assert_like(scene, expected)


def test_a_hair_thin_pen_is_thickened():
    thin = normalize(picture(ink(pen=0.006)))
    assert_laid_out(thin)
    assert 0.06 < thin.mean() < 0.2  # MNIST's digits: 0.13 on average


@pytest.mark.parametrize("negative", [False, True])
def test_mnist_digits_come_back_as_they_are(negative):
    errors = [difference(normalize(Image.fromarray(255 - d if negative else d)), d / 255) for d in MNIST]
    assert np.mean(errors) < 0.01


@pytest.mark.parametrize("method", [Image.Resampling.NEAREST, Image.Resampling.BICUBIC])
def test_enlarged_mnist_digits_come_back(method):
    errors = [difference(normalize(Image.fromarray(d).resize((280, 280), method)), d / 255) for d in MNIST]
    assert np.mean(errors) < 0.035


def test_normalising_twice_changes_nothing(expected):
    again = normalize(Image.fromarray((expected * 255).round().astype(np.uint8)))
    np.testing.assert_allclose(again, expected, atol=0.02)


def test_the_same_picture_gives_the_same_digit_and_is_left_alone():
    image = picture(ink(), noise=0.03)
    before = image.tobytes()
    np.testing.assert_array_equal(normalize(image), normalize(image))
    assert image.tobytes() == before


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"])
def test_every_mode(mode, expected):
    grey = picture(ink()).convert("L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode == "HSV":
        image = grey.convert("RGB").convert(mode)
    else:
        image = grey.convert(mode)
    assert image.mode == mode
    assert_like(image, expected)


def test_a_palette_with_a_transparent_colour(expected):
    image = Image.fromarray((ink() > 0.5).astype(np.uint8))
    image.putpalette([255, 255, 255, 250, 250, 250])
    file = encoded(image, transparency=0)
    assert_like(load(io.BytesIO(file)), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_that_was_turned(orientation, expected):
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    image = picture(ink())
    for turn in undo.get(orientation, []):
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    assert_like(load(io.BytesIO(encoded(image, "JPEG", quality=90, exif=exif))), expected)


def test_an_animation_gives_its_first_frame(expected):
    frames = [picture(ink()), picture(1 - ink(scale=0.2))]
    file = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert_like(load(io.BytesIO(file)), expected)


def test_a_large_jpeg_comes_back_reduced(expected):
    image = load(io.BytesIO(encoded(picture(ink(400)).resize((3200, 3200)), "JPEG")))
    assert 512 <= image.width < 3200
    assert_like(image, expected)


def test_a_path_is_opened_and_a_file_stays_open(tmp_path, expected):
    path = tmp_path / "five.png"
    path.write_bytes(encoded(picture(ink())))
    for source in (path, str(path)):
        assert_like(load(source), expected)
    with path.open("rb") as file:
        assert_like(load(file), expected)
        assert not file.closed


GOOD_JPEG = encoded(picture(ink(), noise=0.02), "JPEG")
GOOD_PNG = encoded(picture(ink(), noise=0.02))
BAD_FILES = {
    "nothing": b"",
    "text": b"a five\n" * 100,
    "program": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n",
    "zeros": bytes(5000),
    "cut off JPEG": GOOD_JPEG[: len(GOOD_JPEG) // 2],
    "JPEG header alone": GOOD_JPEG[:200],
    "cut off PNG": GOOD_PNG[: len(GOOD_PNG) // 2],
    "PNG signature alone": GOOD_PNG[:8],
    "damaged PNG": GOOD_PNG[:300] + bytes(200) + GOOD_PNG[500:],
    "GIF header alone": b"GIF89a\x10\x00\x10\x00\x80\x00\x00",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_no_picture_gives_the_clear_error(name):
    with pytest.raises(ImageError, match="cannot be read as an image: please choose"):
        load(io.BytesIO(BAD_FILES[name]))


@pytest.mark.parametrize("source", ["no such file.png", ".", None, 7.5])
def test_what_is_no_file_gives_the_clear_error(source):
    with pytest.raises(ImageError, match="cannot be read"):
        load(source)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [8001, 10_000, 20_000])
def test_a_huge_picture_is_refused_before_it_is_decoded(side):
    header = bytearray(GOOD_PNG[:33])
    header[16:24] = side.to_bytes(4, "big") * 2
    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    with pytest.raises(ImageError, match="at most 64 megapixels"):
        load(io.BytesIO(bytes(header) + GOOD_PNG[33:]))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD_JPEG) - 1), st.binary(min_size=1, max_size=8), st.sampled_from([GOOD_JPEG, GOOD_PNG]))
def test_a_damaged_file_never_gives_another_error(place, damage, good):
    try:
        image = load(io.BytesIO(good[:place] + damage + good[place + len(damage) :]))
        result = normalize(image)
    except ImageError:
        return
    assert result.shape == (28, 28) and np.isfinite(result).all()


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (200, 200), 255),
        Image.new("RGB", (28, 28)),
        Image.new("RGBA", (100, 100), (0, 0, 0, 0)),
        Image.new("RGBA", (100, 100), (90, 40, 200, 255)),
        Image.new("F", (50, 50), float("nan")),
        Image.new("L", (1, 1), 90),
        Image.new("L", (0, 0)),
        picture(np.zeros((300, 300)), (0.8, 0.8, 0.8), noise=0.03),
        picture(np.zeros((400, 400)), light=falling_light("side"), noise=0.02),
    ],
    ids=["white", "black", "transparent", "one colour", "no numbers", "one pixel", "no pixel", "noise", "shade"],
)
def test_a_blank_picture_gives_the_clear_error(image):
    with pytest.raises(NoDigit, match="please choose"):
        normalize(image)


SHAPES = st.one_of(
    st.tuples(st.integers(1, 40), st.integers(1, 40)), st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(4))
)


@settings(max_examples=150, deadline=None)
@given(arrays.arrays(np.uint8, SHAPES))
def test_any_small_picture_gives_a_digit_or_the_clear_error(pixels):
    try:
        result = normalize(Image.fromarray(pixels))
    except ImageError:
        return
    assert result.shape == (28, 28) and result.dtype == np.float32
    assert np.isfinite(result).all() and result.min() >= 0 and result.max() == 1


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.floats(width=32)))
@example(np.float32([[1.860063e7, *[6.7039055e11] * 3, 0], *[[6.7039055e11] * 5] * 4]))  # strengths nearly alike
def test_any_numbers_give_a_digit_or_the_clear_error(values):
    try:
        result = normalize(Image.fromarray(values))
    except ImageError:
        return
    assert np.isfinite(result).all() and result.min() >= 0 and result.max() == 1


@pytest.mark.parametrize("size", [(2000, 1), (1, 2000), (1500, 3)])
def test_a_very_long_picture(size):
    pixels = np.random.default_rng(0).integers(0, 255, size, dtype=np.uint8)
    with contextlib.suppress(ImageError):
        assert normalize(Image.fromarray(pixels)).shape == (28, 28)


def nearest_label(digit):
    """The class of the MNIST digit that looks most like this one, after a blur that forgives small shifts."""
    blurred = ndimage.gaussian_filter(np.concatenate([digit[None], MNIST / 255]), (0, 1.5, 1.5)).reshape(-1, 784)
    blurred /= np.linalg.norm(blurred, axis=1, keepdims=True)
    return int(LABELS[np.argmax(blurred[1:] @ blurred[0])])


def test_there_are_examples():
    assert len(EXAMPLES) == 6
    assert sum(path.stat().st_size for path in EXAMPLES) < 250_000


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_becomes_its_digit(path):
    result = normalize(load(path))
    assert_laid_out(result)
    assert 0.06 < result.mean() < 0.25
    assert nearest_label(result) == int(path.name[0])


# What a person says of a picture


def test_what_was_found_is_told(expected):
    found = find(picture(ink()))
    np.testing.assert_array_equal(found.image, expected)
    rows, columns = np.nonzero(ink() > 0.3)
    box = columns.min() / 400, rows.min() / 400, columns.max() / 400, rows.max() / 400
    assert found.box == pytest.approx(box, abs=0.015)
    assert found.polarity == "dark" and 0.7 < found.confidence <= 1 and not found.several


def test_dark_and_light_ink_are_told_apart_and_either_can_be_asked_for(expected):
    """A dark five beside a light one: what is asked for is found, and where there is none, nothing is."""
    both = np.full((400, 800), 0.5)
    both[:, :400] -= 0.45 * ink()
    both[:, 400:] += 0.45 * ink()
    scene = Image.fromarray(np.uint8(255 * both))
    dark, light = (find(scene, Edits(polarity=polarity)) for polarity in ("dark", "light"))
    assert (dark.polarity, light.polarity) == ("dark", "light")
    assert dark.box[2] < 0.5 < light.box[0]
    for found in (dark, light):
        assert difference(found.image, expected) < 0.04
    with pytest.raises(NoDigit):
        find(picture(ink()), Edits(polarity="light"))
    with pytest.raises(NoDigit):
        find(picture(np.zeros((200, 200))), Edits(polarity="light"))


def test_a_higher_threshold_takes_fewer_marks_for_ink():
    """As how far the ink reaches into the blur of a stroke."""
    blurred = Image.fromarray(np.uint8(255 * (1 - ndimage.gaussian_filter(ink(), 4))))
    areas = [search(pixels(blurred), Edits(threshold=share))[1].sum() for share in (0.2, 0.5, 0.8)]
    assert areas[0] > areas[1] > areas[2]


def test_a_crop_looks_only_there_and_tells_where_in_the_whole(expected):
    both = Image.new("RGB", (800, 400), "white")
    both.paste(picture(ink()), (400, 0))
    both.paste(picture(ink(scale=0.8)), (0, 0))
    assert find(both).several
    found = find(both, Edits(crop=(0.5, 0, 1, 1)))
    assert not found.several and difference(found.image, expected) < 0.02
    whole = find(picture(ink())).box
    assert found.box == pytest.approx((0.5 + whole[0] / 2, whole[1], 0.5 + whole[2] / 2, whole[3]), abs=0.01)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
@settings(max_examples=40)
def test_any_crop_gives_a_digit_or_the_clear_error(numbers):
    left, right = sorted(numbers[:2])
    top, bottom = sorted(numbers[2:])
    if left == right or top == bottom:
        with pytest.raises(ValueError, match="crop"):
            Edits(crop=(left, top, right, bottom))
        return
    try:
        found = find(picture(ink(side=100)), Edits(crop=(left, top, right, bottom)))
    except ImageError:
        return
    assert_laid_out(found.image)
    assert left - 0.02 <= found.box[0] < found.box[2] <= right + 0.02  # a pixel of the look, or of the image
    assert top - 0.02 <= found.box[1] < found.box[3] <= bottom + 0.02


def test_an_image_cut_into_its_ink_is_a_digit():
    """Nothing shows what lies around the ink: the network is shown the ground there."""
    cut, digits, refused = 4, MNIST[::2], 0
    for digit in digits:
        sheet = Image.fromarray(255 - digit).resize((280, 280), Image.Resampling.BICUBIC)
        rows, columns = (np.flatnonzero((np.asarray(sheet) < 128).any(axis)) for axis in (1, 0))
        box = (columns[0] + cut, rows[0] + cut, columns[-1] + 1 - cut, rows[-1] + 1 - cut)
        try:
            find(sheet.crop(tuple(map(int, box))))
        except NoDigit:
            refused += 1
    assert refused <= 6, f"{refused} of {len(digits)} were refused"  # without that, it is more than twice as many


def test_real_digits_are_one_and_pairs_of_them_several():
    def sheet(field):
        image = Image.fromarray((255 - field).astype(np.uint8))
        return image.resize((8 * field.shape[1], 8 * field.shape[0]), Image.Resampling.BICUBIC)

    assert sum(find(sheet(field)).several for field in MNIST) <= 1
    generator = np.random.default_rng(0)
    pairs = [MNIST[generator.integers(len(MNIST), size=2)] for _ in range(60)]
    beside = sum(find(sheet(np.concatenate([a, np.zeros((28, 4)), b], 1))).several for a, b in pairs)
    above = sum(find(sheet(np.concatenate([a, np.zeros((4, 28)), b], 0))).several for a, b in pairs)
    assert beside >= 57 and above >= 57


def test_the_edge_of_a_shadow_is_not_the_digit(expected):
    light = np.where(np.add.outer(-np.arange(400), np.arange(400)) > 60, 0.62, 1.0)
    light = ndimage.gaussian_filter(light, 6)
    assert_like(picture(ink(), paper=(0.9, 0.88, 0.8), pen=(0.3, 0.2, 0.4), light=light, noise=0.01), expected, 0.05)


@pytest.mark.parametrize("kind", photos_bench.DIGITS)
def test_digits_of_every_kind_are_read(kind):
    """Four of each class, as a classifier of real digits reads them: see bench.photos for the shares."""
    generator = np.random.default_rng(0)
    digits, labels = MNIST.reshape(-1, 28, 28)[::5] / 255, LABELS[::5]
    known = photos_bench.classes(torch.from_numpy(digits.reshape(-1, 784))).numpy() == labels
    right = []
    for digit, label in zip(digits[known], labels[known], strict=True):
        image, _ = photos_bench.found(photos_bench.DIGITS[kind](digit, generator))
        right.append(image is not None and photos_bench.read(image) == label)
    assert np.mean(right) >= 0.9


def test_photographs_without_a_digit_are_mostly_refused_and_sheets_of_digits_flagged():
    generator = np.random.default_rng(0)
    refused = [photos_bench.found(photos_bench.empty(generator))[0] is None for _ in range(60)]
    assert np.mean(refused) >= 0.8
    digits = MNIST.reshape(-1, 28, 28) / 255
    told = [photos_bench.found(photos_bench.sheet(digits, generator)) for _ in range(20)]
    assert np.mean([several or image is None for image, several in told]) >= 0.9


def test_the_largest_picture_there_may_be(expected):
    """8,000 x 8,000 as a JPEG, which is decoded at a reduced size; 5,000 x 5,000 as a PNG."""
    huge = picture(ink()).convert("L")
    assert_like(load(io.BytesIO(encoded(huge.resize((8000, 8000)), "JPEG"))), expected)
    assert_like(load(io.BytesIO(encoded(huge.resize((5000, 5000))))), expected)


def test_a_single_pixel_is_no_digit():
    with pytest.raises(NoDigit):
        normalize(load(io.BytesIO(encoded(Image.new("L", (1, 1), 200)))))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "HEIF"])
def test_every_format(kind, expected):
    if kind == "HEIF":
        pytest.importorskip("pillow_heif", reason="pip install pillow-heif for pictures as phones take them")
    assert_like(load(io.BytesIO(encoded(picture(ink()), kind))), expected)


@pytest.mark.parametrize(("pen", "slant", "waver"), [(30, 0, 0), (40, 0, 0), (20, 20, 3), (30, 60, 0), (20, 0, 3)])
def test_a_one_may_be_a_bare_stroke(pen, slant, waver):
    image, rng = Image.new("L", (600, 600), 255), np.random.default_rng(0)
    y = np.linspace(150, 450, 12)
    points = np.stack([300 + np.linspace(slant / 2, -slant / 2, 12) + rng.normal(0, waver, 12), y], 1)
    ImageDraw.Draw(image).line([tuple(point) for point in points], 0, pen, "curve")
    found = find(image)
    assert found.polarity == "dark" and not found.several
    assert photos_bench.read(found.image) == 1
