"""The loss taken apart: reconstruction, Kullback-Leibler divergence, ELBO. Pure, per example, in nats."""

import torch
from torch import Tensor
from torch.nn import functional as F


def bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """Binary cross-entropy, -sum_i [x_i log x_hat_i + (1 - x_i) log(1 - x_hat_i)] with x_hat = sigmoid(logits).

    Args:
        x: pictures [B, 784] in [0, 1].
        logits: the decoder's output before the sigmoid [B, 784]; from logits, no log(0) can arise.
    Returns:
        [B], nats per image.
    Source: the lecture's section "Visualizing latent variable estimates and reconstruction loss", binary inputs.
    """
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)


def gaussian(x: Tensor, x_hat: Tensor) -> Tensor:
    """Half the squared distance, (1/2) ||x - x_hat||^2: -log N(x; x_hat, I) without its constant (n/2) log 2 pi.

    Args:
        x: pictures [B, 784], real-valued.
        x_hat: the decoder's means [B, 784].
    Returns:
        [B], nats per image.
    Source: the lecture's section "Visualizing latent variable estimates and reconstruction loss", real inputs.
    """
    return 0.5 * (x - x_hat).square().sum(1)


def kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp logvar) || N(0, 1)) of each dimension: (1/2) (exp logvar - logvar - 1 + mu^2).

    Args:
        mu, logvar: the posterior [B, D].
    Returns:
        [B, D], nats per image and dimension; the sum over D is the divergence.
    Source: Kingma & Welling 2014, App. B; the lecture's section "The penalty term".
    """
    return 0.5 * (torch.exp(logvar) - logvar - 1 + mu.square())


def elbo(reconstruction: Tensor, kl: Tensor) -> Tensor:
    """Evidence lower bound of each picture, -(reconstruction + sum_d kl_d) <= log p(x).

    Args:
        reconstruction: [B], nats per image.
        kl: [B, D], nats per image and dimension.
    Returns:
        [B], nats per image.
    """
    return -(reconstruction + kl.sum(1))


def objective(reconstruction: Tensor, kl: Tensor, beta: float) -> Tensor:
    """What training minimises: reconstruction + beta sum_d kl_d; with beta = 1 it is the negative ELBO.

    Args:
        reconstruction: [B], nats per image.
        kl: [B, D], nats per image and dimension.
        beta: weight of the divergence, at least 0.
    Returns:
        [B].
    Source: the lecture's loss with beta; Higgins et al. 2017.
    """
    return reconstruction + beta * kl.sum(1)
