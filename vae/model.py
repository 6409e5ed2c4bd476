"""The variational autoencoder of the lecture, and the plain one: dense layers, images in [0, 1]."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from huggingface_hub import PyTorchModelHubMixin
from safetensors.torch import load_file
from torch import Tensor, nn

from vae import losses

PIXELS = 28 * 28
ROUNDING = 1e-4  # how far outside [0, 1] a pixel may lie: resizing and half precision round
# The logvar of a plain autoencoder's point, whose variance is 0: log 0 is -inf, which JSON lacks, so that of the
# smallest normal float32 stands for it.
LOG_ZERO = math.log(torch.finfo(torch.float32).tiny)


@dataclass(frozen=True)
class VAEConfig:
    """Shape of an autoencoder: the widths of its dense layers, its non-linearity and its likelihood.

    With variational=False it is a plain autoencoder: the encoder gives a point, mu, and there is no KL term.

    Raises:
        ValueError: a width is not a positive whole number, or a name is unknown.
    """

    latent_dim: int = 20
    encoder_hidden: tuple[int, ...] = (1024, 1024)
    warp: int = 256  # width of the two hidden layers of the warp, z + warp(z), before the decoder; 0: no warp
    decoder_hidden: tuple[int, ...] = (500, 1000)
    activation: Literal["relu", "gelu"] = "gelu"
    likelihood: Literal["bernoulli", "gaussian"] = "bernoulli"
    variational: bool = True

    def __post_init__(self):
        for name in ("encoder_hidden", "decoder_hidden"):  # JSON has lists where we have tuples
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for width in (self.latent_dim, *self.encoder_hidden, *self.decoder_hidden):
            if not isinstance(width, int) or isinstance(width, bool) or width < 1:
                raise ValueError(f"layer widths are positive whole numbers, not {width!r}")
        if not isinstance(self.warp, int) or isinstance(self.warp, bool) or self.warp < 0:
            raise ValueError(f"warp is a number of units, or 0, not {self.warp!r}")
        if self.activation not in ("relu", "gelu"):
            raise ValueError(f"activation is 'relu' or 'gelu', not {self.activation!r}")
        if self.likelihood not in ("bernoulli", "gaussian"):
            raise ValueError(f"likelihood is 'bernoulli' or 'gaussian', not {self.likelihood!r}")
        if not isinstance(self.variational, bool):
            raise ValueError(f"variational is true or false, not {self.variational!r}")


class VAE(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="latent-explorer",
    tags=["vae", "mnist", "latent-space"],
    license="mit",
):
    """A dense VAE: q(z | x) = N(mu(x), diag exp logvar(x)), prior N(0, I), p(x | z) around x_hat = decode(z).

    With config.variational=False, a plain autoencoder: z = mu(x), no prior.
    Source: Kingma & Welling 2014; the lecture's section on the encoder and the decoder.
    """

    def __init__(self, config: VAEConfig = VAEConfig()):
        super().__init__()
        self.config = config
        code = 2 * config.latent_dim if config.variational else config.latent_dim
        self.encoder = chain((PIXELS, *config.encoder_hidden, code), config.activation)
        if config.warp:
            self.warp = chain((config.latent_dim, config.warp, config.warp, config.latent_dim), config.activation)
        self.decoder = chain((config.latent_dim, *config.decoder_hidden, PIXELS), config.activation)

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions D."""
        return self.config.latent_dim

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior of each image: q(z | x) = N(mu, diag exp logvar).

        Args:
            x: images [B, 1, 28, 28], [B, 28, 28] or [B, 784] in [0, 1].
        Returns:
            mu [B, D] and logvar [B, D], the natural logarithm of the variance; LOG_ZERO for a plain autoencoder.
        Raises:
            ValueError: another shape, or a pixel that is NaN or outside [0, 1].
        """
        return self.posterior(self._checked(x))

    def _checked(self, x: Tensor) -> Tensor:
        """Images as rows [B, 784] of the weights' type; ValueError where they are not images."""
        if not isinstance(x, Tensor) or x.shape[1:] not in ((1, 28, 28), (28, 28), (PIXELS,)):
            given = list(x.shape) if isinstance(x, Tensor) else type(x).__name__
            raise ValueError(f"images are a tensor [B, 1, 28, 28] or [B, 784], not {given}")
        x = x.reshape(-1, PIXELS).to(next(self.encoder.parameters()).dtype)
        if len(x):
            low, high = (value.item() for value in x.aminmax())  # both are NaN where any pixel is
            if not (low >= -ROUNDING and high <= 1 + ROUNDING):
                raise ValueError(f"the pixels of images lie in [0, 1], not from {low:g} to {high:g}")
        return x

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """`encode` without its checks, for training and evaluation, whose images are known to be valid.

        Args:
            x: images [B, 784] in [0, 1].
        Returns:
            mu, logvar: as `encode` gives them.
        """
        code = self.encoder(x).float()  # [B, 2D], or [B, D]; bfloat16 under autocast
        if not self.config.variational:
            return code, torch.full_like(code, LOG_ZERO)
        mu, logvar = code.chunk(2, dim=1)  # 2 x [B, D]
        return mu, logvar

    def reparameterize(self, mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
        """Sample from the posterior by the reparameterization trick: z = mu + exp(logvar / 2) eps.

        Args:
            mu, logvar: the posterior [B, D].
            eps: noise [B, D] or [k, B, D] from N(0, I); with zeros, z = mu.
        Returns:
            z, in the shape of eps.
        Source: Kingma & Welling 2014, section 2.4.
        """
        std = torch.exp(0.5 * logvar)
        return mu + std * eps

    def decode(self, z: Tensor) -> Tensor:
        """Decode latent vectors: x_hat = sigmoid(logits(z)).

        Args:
            z: latent vectors [B, D].
        Returns:
            x_hat [B, 1, 28, 28] in [0, 1].
        Raises:
            ValueError: z is of another shape.
        """
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"latent vectors are a tensor [B, {self.latent_dim}], not {list(z.shape)}")
        return torch.sigmoid(self.logits(z)).reshape(-1, 1, 28, 28)

    def logits(self, z: Tensor) -> Tensor:
        """The decoder before its sigmoid: decoder(z + warp(z)).

        The warp is a residual network on the latent space: it can shrink the regions to which no image is encoded.

        Args:
            z: latent vectors [B, D].
        Returns:
            Logits [B, 784], real numbers.
        """
        if self.config.warp:
            z = z + self.warp(z)
        return self.decoder(z).float()  # bfloat16 under autocast

    def reconstruction(self, x: Tensor, logits: Tensor) -> Tensor:
        """Reconstruction term -log p(x | z) of each image, under the model's likelihood.

        Args:
            x: images [B, 784] in [0, 1].
            logits: the decoder's output before the sigmoid [B, 784].
        Returns:
            [B], nats per image (for a Gaussian likelihood without its constant).
        """
        if self.config.likelihood == "bernoulli":
            return losses.bernoulli(x, logits)
        return losses.gaussian(x, torch.sigmoid(logits))

    def kl(self, mu: Tensor, logvar: Tensor) -> Tensor:
        """KL(q(z | x) || N(0, I)) of each dimension [B, D], nats per image; 0 for a plain autoencoder."""
        return losses.kl(mu, logvar) if self.config.variational else torch.zeros_like(mu)

    def forward(self, x: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
        """The two terms of the negative ELBO of each image, for one sample of z.

        Args:
            x: images [B, 784] in [0, 1].
            eps: noise [B, D] from N(0, I).
        Returns:
            reconstruction [B] and kl [B, D], in nats per image (and dimension).
        """
        mu, logvar = self.posterior(x)
        z = self.reparameterize(mu, logvar, eps)
        return self.reconstruction(x, self.logits(z)), self.kl(mu, logvar)

    @classmethod
    def _load_as_safetensor(cls, model, model_file, map_location, strict):
        # The mixin's own loader ignores missing tensors, whose weights would then stay random.
        model.load_state_dict(load_file(model_file, device=map_location), strict=True)
        return model.eval()


def chain(widths: tuple[int, ...], activation: str) -> nn.Sequential:
    """Dense layers of the given widths with the non-linearity between them, none after the last."""
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.ReLU() if activation == "relu" else nn.GELU(approximate="tanh")]
    return nn.Sequential(*layers[:-1])
