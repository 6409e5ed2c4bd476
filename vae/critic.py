"""A critic of samples: a classifier of decoded images, z drawn from the prior or from a posterior.

The posteriors do not fill the prior: the ELBO does not constrain what the decoder makes of a z to which no image is
encoded. The critic learns to recognise such images, and the decoder learns to avoid them.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae.model import PIXELS

HIDDEN = (512, 256)
LR = 5e-4


class Critic(nn.Module):
    """Dense layers from a decoded image to the logit that its z was drawn from a posterior, not from the prior.

    Source: Goodfellow et al. 2014; Larsen et al. 2016 add such a critic to a VAE. Here both kinds of images are
    decoded, so that it judges z and not the sharpness of the decoder.
    """

    def __init__(self):
        super().__init__()
        layers = []
        for n_in, n_out in zip((PIXELS, *HIDDEN), HIDDEN, strict=False):
            layers += [nn.Linear(n_in, n_out), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Linear(HIDDEN[-1], 1))

    def forward(self, x_hat: Tensor) -> Tensor:
        """Logits [B] of decoded images [B, 784]."""
        return self.layers(x_hat).float().squeeze(1)

    def own_loss(self, posterior: Tensor, prior: Tensor) -> Tensor:
        """What the critic minimises: binary cross-entropy, softplus(-D(posterior)) + softplus(D(prior)).

        Args:
            posterior, prior: images [B, 784] in [0, 1] decoded from z of the posteriors, and of the prior.
        Returns:
            [B], nats per pair of images.
        """
        return F.softplus(-self(posterior)) + F.softplus(self(prior))

    def loss(self, prior: Tensor) -> Tensor:
        """What the decoder minimises: -log sigmoid(D(prior)), with D the critic's logit.

        Args:
            prior: images [B, 784] in [0, 1] decoded from z of the prior.
        Returns:
            [B], nats per image; the critic's weights get no gradient.
        """
        frozen = {name: weight.detach() for name, weight in self.named_parameters()}
        return F.softplus(-torch.func.functional_call(self, frozen, prior))
