"""The datasets in memory."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli
from torchvision.datasets import MNIST

from vae import data


def test_pictures_are_rows_in_the_unit_interval(small_mnist):
    x, labels = data.load("mnist", small_mnist, train=True)
    assert x.shape == (512, 784) and x.dtype == torch.float32
    assert x.min() == 0 and 0.9 < x.max() <= 1
    assert labels.shape == (512,) and labels.dtype == torch.int64
    original = np.array(MNIST(small_mnist, train=True)[7][0]) / 255
    np.testing.assert_allclose(x[7].reshape(28, 28), original, atol=1e-7)


def test_the_test_half_is_another(small_mnist):
    x, _ = data.load("mnist", small_mnist, train=False)
    assert len(x) == 128


def test_an_unknown_dataset_is_named(tmp_path):
    with pytest.raises(data.DataError, match=r"cifar.*mnist, fashion"):
        data.load("cifar", tmp_path, train=True)


def test_a_damaged_file_says_what_to_do(small_mnist):
    (small_mnist / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03short")
    with pytest.raises(data.DataError, match="--data"):
        data.load("mnist", small_mnist, train=True)


def idx(*sizes, values=b""):
    """A file in MNIST's format: bytes of these sizes, all 0 where no values are given."""
    header = bytes([0, 0, 8, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes)
    return header + (values or bytes(math.prod(sizes)))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("labels-idx1", b"<!DOCTYPE html><html><body>404 not found</body></html>"),
        ("images-idx3", b"<!DOCTYPE html><html><body>404 not found</body></html>"),
        ("labels-idx1", b"1,2,3,4"),
        ("labels-idx1", b""),
        ("labels-idx1", idx(500)),  # fewer labels than images
        ("labels-idx1", idx(512, values=bytes([77]) * 512)),
        ("labels-idx1", idx(512, 1)),
        ("images-idx3", idx(512, 28, 28)[:-1]),
        ("images-idx3", idx(512, 14, 14)),
        ("images-idx3", idx(0, 28, 28)),
    ],
)
def test_whatever_is_wrong_with_a_file_is_one_sentence(small_mnist, file, content):
    (small_mnist / "MNIST" / "raw" / f"train-{file}-ubyte").write_bytes(content)
    with pytest.raises(data.DataError, match=r"raw/train-\* cannot be read as MNIST \(.+\)\. Remove .*--data") as error:
        data.load("mnist", small_mnist, train=True)
    assert len(str(error.value).splitlines()) == 1


def test_binarized_pictures_are_black_and_white_with_the_grey_as_their_mean():
    x = torch.tensor([0.0, 0.25, 0.8, 1.0]).repeat_interleave(196).expand(2000, 784)
    binary = data.binarize(x)
    assert set(binary.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(binary.mean(0), x[0], atol=0.06, rtol=0)
    assert torch.equal(binary, data.binarize(x))


def test_jitter_moves_every_picture_a_little(digits):
    x, _ = digits
    moved = data.jitter(x, 1.0, 1.15, torch.Generator().manual_seed(0))
    assert moved.shape == x.shape and moved.min() >= 0 and moved.max() <= 1
    assert ((moved - x).abs().amax(1) > 0.02).all()
    ink = moved.sum(1) / x.sum(1)
    assert ink.min() > 0.7 and ink.max() < 1.4
    # each is still far more like itself than like another digit
    own = (moved - x).square().mean(1)
    assert (own < (moved - x.roll(67, 0)).square().mean(1)).all()
    assert torch.equal(moved, data.jitter(x, 1.0, 1.15, torch.Generator().manual_seed(0)))


def test_jittered_pictures_are_about_as_grey_as_their_originals(digits):
    """By the entropy of their pixels: the nats that no decoder can save."""
    x, _ = digits
    entropy = Bernoulli(probs=x).entropy().sum(1).mean()
    jittered = Bernoulli(probs=data.jitter(x, 1.0, 1.15, torch.Generator().manual_seed(0))).entropy().sum(1).mean()
    assert 0.9 * entropy < jittered < 1.1 * entropy
