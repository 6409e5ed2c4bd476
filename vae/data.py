"""MNIST and Fashion-MNIST through torchvision, held in memory as one tensor."""

from pathlib import Path

import torch
from torch import Tensor
from torchvision import datasets

DATASETS = {"mnist": datasets.MNIST, "fashion": datasets.FashionMNIST}


class DataError(RuntimeError):
    """The pictures cannot be read or fetched; the message says what to do."""


def load(name: str, root: str | Path, train: bool) -> tuple[Tensor, Tensor]:
    """All pictures and labels of one half of a dataset, downloaded into `root` when they are not there.

    Args:
        name: "mnist" or "fashion".
        root: torchvision's data folder (it holds MNIST/raw or FashionMNIST/raw).
        train: True for the 60,000 training pictures, False for the 10,000 test pictures.
    Returns:
        x [N, 784] float32 in [0, 1] and labels [N] int64 in 0..9.
    Raises:
        DataError: the name is unknown, or the files are neither there nor to be had.
    """
    if name not in DATASETS:
        raise DataError(f"There is no dataset called {name!r}; choose one of {', '.join(DATASETS)}.")
    try:
        dataset = DATASETS[name](root, train=train, download=True)
    except (RuntimeError, OSError, ValueError) as error:
        raise DataError(
            f"{DATASETS[name].__name__} is not in {str(root)!r} and could not be downloaded ({error}). "
            "Connect to the internet once, or point --data at a folder that torchvision has filled."
        ) from error
    return dataset.data.reshape(-1, 784).to(torch.float32) / 255, dataset.targets
