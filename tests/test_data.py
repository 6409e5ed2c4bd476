"""The datasets in memory."""

import numpy as np
import pytest
import torch
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
