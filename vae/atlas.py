"""The arrays of atlas.safetensors: what the map shows of a model, and the sampler fitted to its codes."""

import numpy as np
import torch
from torch import Tensor

from vae import evaluation, latent, sampler
from vae.model import VAE
from vae.sampler import Mixture

COMPONENTS = 100  # of the mixture, at most
PER_COMPONENT = 50  # training images, at least
UNFOLDED_AT = 0, 5, 10  # epochs of which the codes are shown by t-SNE, as in the lecture's notebook
UNFOLDED = 2500  # codes, about


def build(
    model: VAE, train_x: Tensor, test_x: Tensor, labels: Tensor, snapshots: list[dict]
) -> tuple[dict[str, np.ndarray], Mixture]:
    """Compute the arrays that `checkpoint.read_atlas` describes, and the sampler.

    Args:
        model: trained, on the CPU.
        train_x: images [M, 784] that the sampler is fitted to.
        test_x, labels: images [N, 784] on the map, and their classes [N].
        snapshots: see `snapshots.snapshot`; the last of them of this model.
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
        # all in the same plane, so that nothing rotates from one epoch to the next
        "snapshot_planes": torch.stack([(code - center) @ others.get("class_axes", axes).T for code in along]).half(),
        "snapshot_z": snapshots[-1]["z"],
        "snapshot_pictures": torch.stack([snapshot["images"] for snapshot in snapshots]),
    }
    arrays |= unfolded(snapshots)
    fitted = {"weights": mixture.weights, "means": mixture.means, "scales": mixture.scales}
    named = {f"sampler_{name}": array for name, array in fitted.items()}
    return {name: array.numpy() for name, array in arrays.items()} | named, mixture


def projections(mu: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Further projections of the codes [N, D]: `tsne` [N, 2], float16, and `class_axes` [2, D] where D > 2."""
    axes = {"class_axes": latent.class_axes(mu, labels)} if mu.shape[1] > 2 else {}
    return {**axes, "tsne": latent.tsne(mu).half()}


def unfolded(snapshots: list[dict]) -> dict[str, Tensor]:
    """The codes by t-SNE at a few epochs; nothing where there are two dimensions, which need no projection."""
    chosen = [snapshot for snapshot in snapshots if snapshot["epoch"] in UNFOLDED_AT]
    if not chosen or chosen[0]["mu"].shape[1] <= 2:
        return {}
    n = len(chosen[0]["mu"])
    rows = torch.arange(0, n, max(1, n // UNFOLDED), dtype=torch.int32)
    return {
        "snapshot_tsne_rows": rows,
        "snapshot_tsne_epochs": torch.tensor([snapshot["epoch"] for snapshot in chosen], dtype=torch.int32),
        "snapshot_tsne": torch.stack([latent.tsne(snapshot["mu"][rows].float()) for snapshot in chosen]).half(),
    }
