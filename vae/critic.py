"""A critic of samples: it learns to tell pictures of draws from the prior from pictures of draws from posteriors.

Codes do not fill the prior. Between the classes lie places that no digit maps to, and the ELBO leaves the decoder free
to draw anything there. The critic looks at what it draws, and the decoder learns to draw there what it draws elsewhere.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae.model import PIXELS

HIDDEN = (512, 256)
LR = 5e-4


class Critic(nn.Module):
    """Dense layers from a decoded picture to the logit of its z being drawn from a posterior, not from the prior.

    Source: Goodfellow et al. 2014; Larsen et al. 2016 put such a critic on a VAE. Both sides are decoded here, so it
    judges where z lies and not how sharp a decoder draws.
    """

    def __init__(self):
        super().__init__()
        layers = []
        for n_in, n_out in zip((PIXELS, *HIDDEN), HIDDEN, strict=False):
            layers += [nn.Linear(n_in, n_out), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Linear(HIDDEN[-1], 1))

    def forward(self, x_hat: Tensor) -> Tensor:
        """Logits [B] of decoded pictures [B, 784]."""
        return self.layers(x_hat).float().squeeze(1)

    def own_loss(self, posterior: Tensor, prior: Tensor) -> Tensor:
        """What the critic minimises: binary cross-entropy of its guesses.

        Args:
            posterior, prior: pictures [B, 784] decoded from draws of the posteriors, and of the prior.
        Returns:
            [B], nats.
        """
        return F.softplus(-self(posterior)) + F.softplus(self(prior))

    def loss(self, prior: Tensor) -> Tensor:
        """What the decoder minimises: -log of the probability that pictures of the prior pass for the others.

        Args:
            prior: pictures [B, 784] decoded from draws of the prior.
        Returns:
            [B], nats; the critic's own weights get no gradient.
        """
        frozen = {name: weight.detach() for name, weight in self.named_parameters()}
        return F.softplus(-torch.func.functional_call(self, frozen, prior))
