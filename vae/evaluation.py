"""How good a model is: the test ELBO and its parts, and how many latent dimensions are in use."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae.losses import elbo
from vae.model import VAE

# Burda et al. 2016, section 4: a dimension is in use when its mean varies over the data by more than this.
ACTIVE_VARIANCE = 0.01


@dataclass(frozen=True)
class Figures:
    """Means over a set of pictures, in nats per image: nelbo = reconstruction + kl."""

    nelbo: float
    reconstruction: float
    kl: float
    kl_per_dim: tuple[float, ...]
    active_units: int


@torch.no_grad()
def evaluate(model: VAE, x: Tensor, generator: torch.Generator, samples: int = 1, batch: int = 1000) -> Figures:
    """Test figures of a model, with z sampled from the posterior.

    Args:
        model: on any device.
        x: pictures [N, 784] in [0, 1], on the model's device.
        generator: source of the noise, on the CPU.
        samples: draws of z per picture, averaged.
        batch: pictures at a time.
    Returns:
        Figures, each a mean over pictures and draws.
    """
    nelbo = reconstruction = 0.0
    kl, means = 0.0, []
    for part in x.split(batch):
        mu, _ = model.encode(part)
        means.append(mu)
        for _ in range(samples):
            eps = torch.randn(len(part), model.latent_dim, generator=generator).to(x.device)
            rec_part, kl_part = model(part, eps)
            reconstruction += rec_part.sum().item()
            nelbo -= elbo(rec_part, kl_part).sum().item()
        kl = kl + kl_part.sum(0).cpu().double()
    kl = kl / len(x)  # [D]
    return Figures(
        nelbo=nelbo / len(x) / samples,
        reconstruction=reconstruction / len(x) / samples,
        kl=kl.sum().item(),
        kl_per_dim=tuple(kl.tolist()),
        active_units=int((torch.cat(means).var(0) > ACTIVE_VARIANCE).sum()),
    )


@torch.no_grad()
def posterior(model: VAE, x: Tensor, batch: int = 1000) -> tuple[Tensor, Tensor]:
    """The posterior of every picture, on the CPU: mu [N, D] and logvar [N, D]."""
    parts = [model.encode(part) for part in x.split(batch)]
    return torch.cat([mu for mu, _ in parts]).cpu(), torch.cat([logvar for _, logvar in parts]).cpu()
