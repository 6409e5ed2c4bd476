"""Snapshots of a model during its training: what the map shows of each epoch."""

import torch
from torch import Tensor

from vae import evaluation
from vae.model import VAE

EPOCHS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # and the last one
SNAPSHOT_IMAGES = 16  # decoded from the same z in each snapshot


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
