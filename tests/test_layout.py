"""MNIST's layout: its golden vectors are current, and every digit ends where MNIST's own do."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from tools import golden
from vae.images.layout import BOX, FIELD, THIN_STROKE, USUAL_STROKE, extent, fit, layout, place, stroke_width

CASES = json.loads(golden.PATH.read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_golden_vectors_are_current(case):
    ink = np.reshape(case["ink"], (case["height"], case["width"])) / 255
    np.testing.assert_allclose(layout(ink).ravel(), case["image"], rtol=0, atol=6e-5)


def test_the_golden_file_is_what_its_command_writes():
    assert golden.cases() == CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_digit_is_20_pixels_long_at_full_strength_with_its_mass_in_the_centre(case):
    image = np.reshape(case["image"], (FIELD, FIELD))
    rows, columns = (image > 0).any(1).nonzero()[0], (image > 0).any(0).nonzero()[0]
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == BOX
    assert image.max() == 1 and image.min() == 0
    if "corner" not in case["name"]:
        assert all(13.5 - 1e-3 <= centre < 14.5 for centre in ndimage.center_of_mass(image))


def test_ink_that_centring_would_push_over_the_border_stays_within_the_field():
    ink = np.zeros((BOX, BOX), np.float32)
    ink[0, 0], ink[-1, -1] = 1, 0.01
    image = place(ink)
    assert image.sum() == ink.sum()
    assert image[FIELD - BOX, FIELD - BOX] == 1


def test_what_is_laid_out_already_stays_where_it_is(digits):
    for image in digits[0][::20].reshape(-1, 28, 28).numpy():
        again = layout(image[extent(image)])
        np.testing.assert_allclose(again, image / image.max(), atol=1e-6)


@given(
    ink=arrays(
        np.float64, st.tuples(st.integers(1, 60), st.integers(1, 60)), elements=st.floats(0, 1, width=16)
    ).filter(lambda ink: ink.max() > 0.6)
)
def test_any_ink_makes_an_image(ink):
    image = layout(ink[extent(ink)])
    assert image.shape == (FIELD, FIELD) and image.dtype == np.float32
    assert image.min() >= 0 and image.max() == 1


def test_the_shape_is_kept():
    for height, width in ((40, 10), (10, 40), (33, 33), (400, 1)):
        fitted = fit(np.ones((height, width)), BOX)
        assert max(fitted.shape) == BOX
        assert fitted.shape == tuple(max(1, round(side * BOX / max(height, width))) for side in (height, width))


def test_the_width_of_a_stroke_is_that_of_the_pen():
    bar = np.zeros((200, 200), bool)
    bar[20:180, 90:97] = True
    assert stroke_width(bar) == pytest.approx(7 / (np.pi / 4), rel=0.06)  # outlines are measured for slanted strokes


def test_a_hairline_is_widened_to_a_usual_stroke():
    ink = golden.inks()["a hairline"]
    assert stroke_width(ink > 0.5) * BOX / max(ink.shape) < THIN_STROKE
    assert stroke_width(layout(ink) > 0.5) == pytest.approx(USUAL_STROKE, abs=0.7)
