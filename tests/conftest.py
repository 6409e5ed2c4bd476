"""What several tests need: the committed models, real digits, a small dataset on disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    import torch

ROOT = Path(__file__).parent.parent
settings.register_profile("quiet", deadline=None, derandomize=True)  # machines differ in speed; the cases need not
settings.load_profile("quiet")
# The matrices of the tests are small, and the tests run side by side: more threads would only wait for each other
os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the programs that tests start


def pytest_addoption(parser: pytest.Parser) -> None:
    """--host gradio or --host static: all browser tests on that page alone."""
    parser.addoption("--host", choices=("gradio", "static"), help="run every browser test on this page alone")


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """See above. Not at import: what hands the tests out has no use for torch, and all would wait for it."""
    import torch

    torch.set_num_threads(1)
    threadpool_limits(1)


def run_apart(coroutine: Coroutine) -> Any:
    """What a coroutine gives, run in a thread of its own: Playwright leaves an event loop running in the tests' one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="session")
def checkpoints() -> Path:
    """The folder of the committed models."""
    return ROOT / "checkpoints"


@pytest.fixture(scope="session")
def digits() -> tuple[torch.Tensor, torch.Tensor]:
    """MNIST test digits, twenty of each class: x [200, 784] in [0, 1] and labels [200]."""
    import torch

    with np.load(ROOT / "tests" / "data" / "digits.npz") as file:
        images, labels = file["images"], file["labels"]
    return torch.from_numpy(images.reshape(-1, 784)).float() / 255, torch.from_numpy(labels.astype("int64"))


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write bytes in the format of MNIST's files."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def small_mnist(tmp_path) -> Path:
    """A data folder as torchvision fills it, with 512 training and 128 test images of blurred bars."""
    generator = np.random.default_rng(0)
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, n in (("train", 512), ("t10k", 128)):
        labels = generator.integers(0, 10, n)
        images = np.zeros((n, 28, 28))
        for image, label in zip(images, labels, strict=True):
            image[4:24, 2 + 2 * label : 6 + 2 * label] = generator.uniform(120, 255)
        write_idx(raw / f"{part}-images-idx3-ubyte", images)
        write_idx(raw / f"{part}-labels-idx1-ubyte", labels)
    return tmp_path / "data"
