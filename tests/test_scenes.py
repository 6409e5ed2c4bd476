"""Photographs that the project draws itself: their ink is where it is said to be, and each seed gives its own."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional as F

from vae.images import network, scenes
from vae.images.look import KINDS, SIDE, Look

ROOT = Path(__file__).parent.parent
with np.load(ROOT / "tests" / "data" / "digits.npz") as _file:
    DIGITS = _file["images"].reshape(-1, 28, 28) / 255


@pytest.fixture(scope="module")
def painter():
    return scenes.Painter(DIGITS, scenes.distances(DIGITS))


@pytest.fixture(scope="module")
def drawn(painter):
    rng = np.random.default_rng(0)
    return [painter.scene(rng) for _ in range(300)]


def test_there_are_scenes_of_every_kind_in_the_right_form(drawn):
    shares = np.bincount([scene.kind for scene in drawn], minlength=3) / len(drawn)
    assert (shares > (0.12, 0.5, 0.05)).all()
    for scene in drawn:
        assert scene.rgb.shape == (SIDE, SIDE, 3) and scene.rgb.dtype == np.uint8
        assert scene.ink.shape == (SIDE, SIDE) and scene.ink.dtype == np.uint8
        assert (scene.ink > 127).any() == (scene.kind != 0)


def test_the_same_seed_draws_the_same(painter, drawn):
    rng = np.random.default_rng(0)
    for scene in drawn[:12]:
        again = painter.scene(rng)
        np.testing.assert_array_equal(again.rgb, scene.rgb)
        np.testing.assert_array_equal(again.ink, scene.ink)
    other = painter.scene(np.random.default_rng(1))
    assert (other.rgb != drawn[0].rgb).any()


def test_the_ink_can_be_seen_where_it_is_said_to_be(drawn):
    """Its colour is apart from that of what lies around it."""
    apart = []
    for scene in drawn:
        if not scene.kind:
            continue
        ink = scene.ink > 127
        around = ndimage.binary_dilation(ink, iterations=5) & ~ndimage.binary_dilation(scene.ink > 10, iterations=2)
        if around.any():
            apart.append(abs(scene.rgb[ink].mean(0) - scene.rgb[around].mean(0)).max() / 255)
    assert min(apart) > 0.04 and np.median(apart) > 0.2


def test_the_distance_is_that_from_the_skeleton():
    """A bar's skeleton is its middle line: along it the distance is that to this line."""
    bar = np.zeros((1, 28, 28))
    bar[0, 4:24, 12:15] = 1
    (distance,) = scenes.distances(bar).astype(float)
    centre = (np.arange(distance.shape[1]) + 0.5) / scenes.FINER - scenes.MARGIN
    row = distance[round((14 + scenes.MARGIN) * scenes.FINER)]
    np.testing.assert_allclose(row, abs(centre - 13.5), atol=0.5)


@pytest.mark.parametrize("width", [1.0, 2.5, 5.0])
def test_a_pen_draws_strokes_of_its_width(width):
    bar = np.zeros((1, 28, 28))
    bar[0, 2:26, 13:15] = 1
    (distance,) = scenes.distances(bar)
    ink = scenes.pen(distance, scenes.Place(64, 64, 100), width, 1.0)
    assert ink[60:68].sum(1).mean() == pytest.approx(width * 100 / 20, rel=0.12)


def test_a_place_puts_the_middle_of_the_field_there():
    dot = np.zeros((28, 28))
    dot[13:15, 13:15] = 1
    ink = scenes.enlarged(dot, scenes.Place(40, 90, 60, turn=0.7, slant=0.3, stretch=1.2), 8)
    assert ndimage.center_of_mass(ink) == pytest.approx((89.5, 39.5), abs=0.3)


# Looks


@pytest.mark.parametrize("length", [300, 128, 60])
def test_a_look_is_resampled_as_pytorch_does(length):
    image = np.random.default_rng(0).random((length, length, 3)).astype(np.float32)
    seen = Look.whole(image.shape).at(image)
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None]
    expected = F.interpolate(tensor, (SIDE, SIDE), mode="bilinear", antialias=True)[0].permute(1, 2, 0).numpy()
    inner = slice(2, -2)  # PyTorch leaves out what lies beyond the edge, a look repeats the edge
    np.testing.assert_allclose(seen[inner, inner], expected[inner, inner], atol=1e-6)


def test_a_look_beyond_the_edge_repeats_it_and_its_boxes_come_back():
    image = np.linspace(0, 1, 40, dtype=np.float32)[:, None, None] * np.ones((1, 60, 3), np.float32)
    look = Look(-30, -30, 120)
    seen = look.at(image)
    np.testing.assert_allclose(seen[:30], 0, atol=0.02)
    np.testing.assert_allclose(seen[-50:], 1, atol=1e-6)
    assert look.box((32, 32, 96, 64)) == pytest.approx((0, 0, 60, 30))
    around = Look.around((10, 20, 30, 25), 0.5)
    assert (around.left, around.top, around.side) == (0, 2.5, 40)


# The network


def test_a_fused_network_is_the_trained_one():
    torch.manual_seed(0)
    trained = network.InkNetwork()
    x = torch.rand(6, 3, 64, 64)
    for _ in range(3):
        trained(x)  # statistics of the normalisations
    trained.eval()
    with torch.no_grad():
        for module in trained.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 2)
                module.bias.normal_()
        before = trained(x)
        after = trained.fuse()(x)
    for a, b in zip(before, after, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-3)
    assert not any("norm" in name for name in trained.state_dict())


def test_the_committed_network_is_small_and_takes_any_size():
    assert network.WEIGHTS.stat().st_size <= 1_000_000
    with torch.no_grad():
        for side in (32, 128, 256):
            ink, kinds = network.load()(torch.rand(2, 3, side, side))
            assert ink.shape == (2, side, side) and kinds.shape == (2, len(KINDS))


def test_the_network_marks_the_ink_of_scenes_it_has_not_seen(painter):
    """From MNIST's test digits: most of the marked pixels are ink, and most of the ink is marked."""
    rng = np.random.default_rng(7)
    overlaps, right = [], []
    for _ in range(150):
        scene = painter.scene(rng)
        with torch.no_grad():
            logits, kinds = network.load()(torch.tensor(scene.rgb).permute(2, 0, 1)[None].float() / 255)
        marked, true = logits[0].numpy() > 0, scene.ink > 127
        right.append(int(kinds.argmax()) == scene.kind)
        if scene.kind:
            overlaps.append((marked & true).sum() / (marked | true).sum())
    assert np.mean(overlaps) > 0.65 and np.median(overlaps) > 0.75
    assert np.mean(right) > 0.8
