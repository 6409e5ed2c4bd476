"""The variational autoencoder of the lecture: dense layers, a Gaussian posterior, pictures in [0, 1]."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from huggingface_hub import PyTorchModelHubMixin
from safetensors.torch import load_file
from torch import Tensor, nn

from vae import losses

PIXELS = 28 * 28


@dataclass(frozen=True)
class VAEConfig:
    """Shape of a VAE: the widths of its dense layers, its non-linearity and its likelihood.

    Raises:
        ValueError: a width is not a positive whole number, or a name is unknown.
    """

    latent_dim: int = 20
    encoder_hidden: tuple[int, ...] = (1024, 512)
    decoder_hidden: tuple[int, ...] = (400, 600)
    activation: Literal["relu", "gelu"] = "gelu"
    likelihood: Literal["bernoulli", "gaussian"] = "bernoulli"

    def __post_init__(self):
        for name in ("encoder_hidden", "decoder_hidden"):  # JSON has lists where we have tuples
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for width in (self.latent_dim, *self.encoder_hidden, *self.decoder_hidden):
            if not isinstance(width, int) or isinstance(width, bool) or width < 1:
                raise ValueError(f"layer widths are positive whole numbers, not {width!r}")
        if self.activation not in ("relu", "gelu"):
            raise ValueError(f"activation is 'relu' or 'gelu', not {self.activation!r}")
        if self.likelihood not in ("bernoulli", "gaussian"):
            raise ValueError(f"likelihood is 'bernoulli' or 'gaussian', not {self.likelihood!r}")


class VAE(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="latent-explorer",
    tags=["vae", "mnist", "latent-space"],
    license="mit",
):
    """A dense VAE: q(z | x) = N(mu(x), diag exp logvar(x)), prior N(0, I), p(x | z) around x_hat = decode(z).

    Source: Kingma & Welling 2014; the lecture's section on the encoder and the decoder.
    """

    def __init__(self, config: VAEConfig = VAEConfig()):
        super().__init__()
        self.config = config
        self.encoder = chain((PIXELS, *config.encoder_hidden, 2 * config.latent_dim), config.activation)
        self.decoder = chain((config.latent_dim, *config.decoder_hidden, PIXELS), config.activation)

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions D."""
        return self.config.latent_dim

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior of each picture.

        Args:
            x: pictures [B, 1, 28, 28] or [B, 784] in [0, 1].
        Returns:
            mu [B, D] and logvar [B, D], the logarithm of the variance.
        """
        mu, logvar = self.encoder(x.reshape(-1, PIXELS)).chunk(2, dim=1)  # [B, 2D] -> 2 x [B, D]
        return mu, logvar

    def reparameterize(self, mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
        """Draw from the posterior, differentiably: z = mu + exp(logvar / 2) * eps.

        Args:
            mu, logvar: the posterior [B, D].
            eps: noise [B, D], drawn from N(0, I); zeros give the mean.
        Returns:
            z [B, D].
        """
        std = torch.exp(0.5 * logvar)
        return mu + std * eps

    def decode(self, z: Tensor) -> Tensor:
        """Pictures at latent vectors: x_hat = sigmoid(decoder(z)).

        Args:
            z: latent vectors [B, D].
        Returns:
            x_hat [B, 1, 28, 28] in [0, 1].
        """
        return torch.sigmoid(self.decoder(z)).reshape(-1, 1, 28, 28)

    def reconstruction(self, x: Tensor, z: Tensor) -> Tensor:
        """Reconstruction term -log p(x | z) of each picture, under the model's likelihood.

        Args:
            x: pictures [B, 784] in [0, 1].
            z: latent vectors [B, D].
        Returns:
            [B], nats per image (without the Gaussian's constant).
        """
        logits = self.decoder(z)  # [B, 784]
        if self.config.likelihood == "bernoulli":
            return losses.bernoulli(x, logits)
        return losses.gaussian(x, torch.sigmoid(logits))

    def forward(self, x: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
        """The two terms of the negative ELBO of each picture, at one draw of z.

        Args:
            x: pictures [B, 784] in [0, 1].
            eps: noise [B, D] from N(0, I).
        Returns:
            reconstruction [B] and kl [B, D], in nats per image (and dimension).
        """
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar, eps)
        return self.reconstruction(x, z), losses.kl(mu, logvar)

    @classmethod
    def _load_as_safetensor(cls, model, model_file, map_location, strict):
        # The mixin's own loader is lenient: a file with a missing tensor would leave random weights behind.
        model.load_state_dict(load_file(model_file, device=map_location), strict=True)
        return model.eval()


def chain(widths: tuple[int, ...], activation: str) -> nn.Sequential:
    """Dense layers of the given widths with the non-linearity between them, none after the last."""
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.ReLU() if activation == "relu" else nn.GELU(approximate="tanh")]
    return nn.Sequential(*layers[:-1])
