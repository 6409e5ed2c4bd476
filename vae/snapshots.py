"""Snapshots of a model during its training: what the page shows of each epoch."""

import numpy as np
import torch
from torch import Tensor

from vae import evaluation
from vae.model import VAE

# Every epoch of the first ten, when most changes, then ever fewer; and the last one.
EPOCHS = (*range(11), 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1000)
SNAPSHOT_IMAGES = 16  # decoded from the same z in each snapshot
READ = 2000  # samples that the judge reads


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


def share(model: VAE, judge: evaluation.Judge, device: torch.device) -> float:
    """The share of samples from N(0, I), the same z at every epoch, that a judge (on the CPU) can read."""
    z = torch.randn(READ, model.latent_dim, generator=torch.Generator().manual_seed(evaluation.TEST_SEED))
    with torch.no_grad():
        return evaluation.readable(judge, model.decode(z.to(device)).cpu())[0]


def frames(judge: evaluation.Judge, images: np.ndarray) -> list[int]:
    """How many of the images [S, 16, 784], uint8, of each snapshot a judge can read."""
    return [round(len(own) * evaluation.readable(judge, torch.from_numpy(own) / 255)[0]) for own in images]


def moments(snapshots: list[dict], judge: evaluation.Judge) -> list[dict]:
    """What a judge can read at the moments of a training, as metrics.json tells it.

    Returns:
        Of each snapshot {epoch, frame: how many of its images, readable: the `share`, where it was measured}.
    """
    counts = frames(judge, torch.stack([snapshot["images"] for snapshot in snapshots]).numpy())
    return [
        {"epoch": snapshot["epoch"], "frame": count}
        | ({"readable": round(snapshot["readable"], 4)} if "readable" in snapshot else {})
        for snapshot, count in zip(snapshots, counts, strict=True)
    ]
