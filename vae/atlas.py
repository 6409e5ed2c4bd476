"""What the map needs of a model: the test pictures' codes, their plane, how both came to be, and the fitted sampler."""

import numpy as np
import torch
from torch import Tensor

from vae import evaluation, latent, sampler
from vae.model import VAE
from vae.sampler import Mixture

COMPONENTS = 100  # of the fitted mixture, at most
PER_COMPONENT = 50  # training pictures for each of them, at least


def build(
    model: VAE, train_x: Tensor, test_x: Tensor, labels: Tensor, snapshots: list[dict]
) -> tuple[dict[str, np.ndarray], Mixture]:
    """The arrays of atlas.safetensors, as `checkpoint.read_atlas` describes them, and the sampler among them.

    Args:
        model: trained, on the CPU.
        train_x: pictures [M, 784] that the sampler is fitted to.
        test_x, labels: pictures [N, 784] on the map, and their classes [N].
        snapshots: what the trainer kept, the last of them of this model.
    """
    mu, logvar = evaluation.posterior(model, test_x)
    center, axes = latent.principal_plane(mu)
    plane = (mu - center) @ axes.T
    codes, _ = evaluation.posterior(model, train_x)
    mixture = sampler.fit(codes.numpy(), max(1, min(COMPONENTS, len(codes) // PER_COMPONENT)), seed=0)
    along = [*(snapshot["mu"].float() for snapshot in snapshots[:-1]), mu]
    others = projections(mu, labels)
    arrays = {"mu": mu.half(), "logvar": logvar.half(), "plane": plane.half(), **others}
    arrays |= {"labels": labels.byte(), "center": center, "axes": axes}
    arrays |= {
        "snapshot_epochs": torch.tensor([snapshot["epoch"] for snapshot in snapshots], dtype=torch.int32),
        # of all of them in the same plane, the map's first choice: nothing spins from one to the next
        "snapshot_planes": torch.stack([(code - center) @ others.get("class_axes", axes).T for code in along]).half(),
        "snapshot_z": snapshots[-1]["z"],
        "snapshot_pictures": torch.stack([snapshot["images"] for snapshot in snapshots]),
    }
    fitted = {"weights": mixture.weights, "means": mixture.means, "scales": mixture.scales}
    named = {f"sampler_{name}": array for name, array in fitted.items()}
    return {name: array.numpy() for name, array in arrays.items()} | named, mixture


def projections(mu: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Other planes of the codes [N, D] than the principal one: `class_axes` [2, D], with more than two dimensions, and
    `tsne` [N, 2], half precision."""
    axes = {"class_axes": latent.class_axes(mu, labels)} if mu.shape[1] > 2 else {}
    return {**axes, "tsne": latent.tsne(mu).half()}
