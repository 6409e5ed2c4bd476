"""Snapshots of a model during its training: what the page shows of each epoch."""

import torch
from torch import Tensor

from vae import evaluation
from vae.model import VAE

# Every epoch of the first ten, when most changes, then ever fewer; and the last one.
EPOCHS = (*range(11), 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1000)
SNAPSHOT_IMAGES = 16  # decoded from the same z in each snapshot
READ = 2000  # samples that the judge reads
DRAWS = 2  # of each posterior, for the balance


@torch.no_grad()
def snapshot(model: VAE, x: Tensor, epoch: int) -> dict:
    """The means of the test images and the decoded images of 16 fixed z from N(0, I), at one epoch.

    Args:
        model: on any device.
        x: test images [N, 784] in [0, 1], on the model's device.
        epoch: of the training; 0 before it.
    Returns:
        {epoch, mu: [N, D] float16, z: [16, D] float32, images: [16, 784] uint8, decoded from z}, on the CPU.
    """
    z = torch.randn(SNAPSHOT_IMAGES, model.latent_dim, generator=torch.Generator().manual_seed(evaluation.TEST_SEED))
    mu, _ = evaluation.posterior(model, x)
    images = (255 * model.decode(z.to(x.device))).round().byte().reshape(SNAPSHOT_IMAGES, -1).cpu()
    return {"epoch": epoch, "mu": mu.half(), "z": z, "images": images}


def figures(model: VAE, judge: evaluation.Judge, train_x: Tensor, beta: float | None) -> dict[str, float]:
    """How good the samples are at one epoch, and how the two terms of the loss balance.

    Args:
        model: on any device.
        judge: see `evaluation.load_judge`; on the CPU.
        train_x: training images [N, 784] in [0, 1], on the model's device.
        beta: weight of the KL term in that epoch; None where the balance's law does not hold (a plain autoencoder, or
            several draws under the importance-weighted bound).
    Returns:
        readable: share of samples from N(0, I), the same z at every epoch; beta; push, pull, shrink and grow: see
        `evaluation.balance`.
    """
    z = torch.randn(READ, model.latent_dim, generator=torch.Generator().manual_seed(evaluation.TEST_SEED))
    with torch.no_grad():
        readable, _ = evaluation.readable(judge, model.decode(z.to(train_x.device)).cpu())
    if beta is None:
        return {"readable": readable}
    noise = torch.Generator().manual_seed(evaluation.TEST_SEED)
    balance = evaluation.balance(model, train_x[: evaluation.BALANCED], beta, noise, DRAWS)
    return {"readable": readable, "beta": beta, **balance}


def moments(snapshots: list[dict]) -> list[dict]:
    """The figures of snapshots by epoch, as metrics.json tells them; none for those that have none."""
    return [
        {"epoch": snapshot["epoch"], **{name: round(value, 4) for name, value in snapshot["figures"].items()}}
        for snapshot in snapshots
        if "figures" in snapshot
    ]
