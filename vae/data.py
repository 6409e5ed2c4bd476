"""MNIST and Fashion-MNIST through torchvision, held in memory as one tensor."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision import datasets

DATASETS = {"mnist": datasets.MNIST, "fashion": datasets.FashionMNIST}
# Factor on the contrast of jittered images, chosen to keep the entropy of their pixels: 45.8 nats per digit, 186 per
# piece of clothing.
CONTRAST = {"mnist": 1.15, "fashion": 1.05}


class DataError(RuntimeError):
    """The images cannot be read or fetched; the message says what to do."""


def load(name: str, root: str | Path, train: bool) -> tuple[Tensor, Tensor]:
    """All images and labels of one half of a dataset, downloaded into `root` when they are not there.

    Args:
        name: "mnist" or "fashion".
        root: torchvision's data folder (it holds MNIST/raw or FashionMNIST/raw).
        train: True for the 60,000 training images, False for the 10,000 test images.
    Returns:
        x [N, 784] float32 in [0, 1] and labels [N] int64 in 0..9.
    Raises:
        DataError: the name is unknown, the files are damaged, or they are neither there nor to be had.
    """
    if name not in DATASETS:
        raise DataError(f"There is no dataset called {name!r}; choose one of {', '.join(DATASETS)}.")
    kind, raw = DATASETS[name], Path(root) / DATASETS[name].__name__ / "raw"
    try:
        dataset = kind(root, train=train, download=True)
        x, labels = dataset.data, dataset.targets
        if x.shape != (len(labels), 28, 28) or not len(labels):
            raise ValueError(f"{len(labels)} labels for images of the shape {list(x.shape)}")
        if x.dtype != torch.uint8 or not 0 <= labels.min() <= labels.max() <= 9:
            raise ValueError("images are bytes, and labels are 0 to 9")
    except Exception as error:  # torchvision parses the files without checks: what is damaged can raise anything
        if len(list(raw.glob("*-ubyte"))) == 4:
            part = "train" if train else "t10k"
            raise DataError(
                f"{raw / part}-* cannot be read as {kind.__name__} ({reason(error)}). "
                f"Remove {raw} to have it downloaded again, or point --data at another folder."
            ) from error
        raise DataError(
            f"{kind.__name__} is not in {str(root)!r} and could not be downloaded ({reason(error)}). "
            "Connect to the internet once, or point --data at a folder that torchvision has filled."
        ) from error
    return x.reshape(-1, 784).to(torch.float32) / 255, labels


def reason(error: Exception) -> str:
    """The first line of an error's message, or its type where it has none."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def binarize(x: Tensor, seed: int = 0) -> Tensor:
    """Binary images [N, 784], each pixel drawn once from Bernoulli(its grey value).

    Source: Burda et al. 2016, section 5; training images are drawn anew at every step (`config.TrainConfig`).
    """
    return torch.bernoulli(x, generator=torch.Generator().manual_seed(seed))


def jitter(x: Tensor, strength: float, contrast: float, generator: torch.Generator) -> Tensor:
    """Augmentation: rotate, scale, slant and shift images a little, at random.

    Resampling blurs an image, and a blurred image costs more nats than a sharp one. Cubic interpolation and more
    contrast keep the share of grey pixels near that of the originals.

    Args:
        x: images [B, 784] in [0, 1], on any device.
        strength: 1 rotates and slants by 4.6 degrees, scales by 5 % and shifts by half a pixel, in standard deviations.
        contrast: factor on the distance of each pixel from 0.5.
        generator: source of the randomness, on the CPU.
    Returns:
        [B, 784] in [0, 1].
    """
    amounts = strength * torch.randn(len(x), 6, generator=generator)
    turn, slant = 0.08 * amounts[:, 0], 0.08 * amounts[:, 1]  # radians
    scale = torch.exp(0.05 * amounts[:, 2:4])
    shift = 0.5 / 14 * amounts[:, 4:]  # the field's half width is 1
    cos, sin = torch.cos(turn), torch.sin(turn)
    rows = [scale[:, 0] * cos, slant - sin, shift[:, 0], sin, scale[:, 1] * cos, shift[:, 1]]
    grid = F.affine_grid(torch.stack(rows, 1).view(-1, 2, 3), [len(x), 1, 28, 28], align_corners=False)
    moved = F.grid_sample(x.view(-1, 1, 28, 28), grid.to(x.device), mode="bicubic", align_corners=False)
    return ((moved.view(-1, 784) - 0.5) * contrast + 0.5).clamp(0, 1)
