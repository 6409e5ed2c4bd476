"""The terms of the loss: reconstruction, Kullback-Leibler divergence, ELBO. Pure functions, per image, in nats."""

import math

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """Binary cross-entropy, -sum_i [x_i log x_hat_i + (1 - x_i) log(1 - x_hat_i)] with x_hat = sigmoid(logits).

    Args:
        x: images [B, 784] in [0, 1].
        logits: the decoder's output before the sigmoid [B, 784]; from logits, no log(0) can arise.
    Returns:
        [B], nats per image.
    Source: the lecture's section "Visualizing latent variable estimates and reconstruction loss", binary inputs.
    """
    return _Bernoulli.apply(x, logits)


class _Bernoulli(torch.autograd.Function):
    """The sum above with its gradient, x_hat - x, in closed form.

    PyTorch's own loss takes six times as long on a CPU, where it is the longest part of a step after the matrix
    products (`python -m bench.training`).
    """

    @staticmethod
    def forward(ctx, x: Tensor, logits: Tensor) -> Tensor:
        x_hat = torch.sigmoid(logits)  # [B, 784]
        ctx.save_for_backward(x, x_hat)
        # log(1 + exp l) = max(l, 0) - log max(x_hat, 1 - x_hat): neither exp nor log can overflow
        softplus = torch.maximum(x_hat, 1 - x_hat).log_().neg_().add_(logits.clamp(min=0))
        return softplus.sum(1) - (x * logits).sum(1)  # not vecdot, which autocast would compute in bfloat16

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[None, Tensor]:
        x, x_hat = ctx.saved_tensors
        return None, (x_hat - x).mul_(gradient[:, None])


def gaussian(x: Tensor, x_hat: Tensor) -> Tensor:
    """Half the squared distance, (1/2) ||x - x_hat||^2: -log N(x; x_hat, I) without its constant (n/2) log 2 pi.

    Args:
        x: images [B, 784], real-valued.
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
    """Evidence lower bound of each image, -(reconstruction + sum_d kl_d) <= log p(x).

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


def importance_weights(reconstruction: Tensor, logvar: Tensor, eps: Tensor, z: Tensor, beta: float = 1.0) -> Tensor:
    """Logarithm of p(x | z) p(z) / q(z | x) for draws of the posterior; its mean over draws is the ELBO.

    Args:
        reconstruction: -log p(x | z) [k, B], nats per image.
        logvar: of the posterior [B, D].
        eps, z: the noise and the draws made from it, z = mu + std eps [k, B, D].
        beta: weight of log p(z) - log q(z | x), as in `objective`.
    Returns:
        [k, B], nats per image.
    Source: Burda et al. 2016, equation 8; the factors (2 pi)^(-D/2) of prior and posterior cancel.
    """
    log_prior, log_posterior = -0.5 * z.square().sum(2), -0.5 * (eps.square() + logvar).sum(2)
    return beta * (log_prior - log_posterior) - reconstruction


def importance_weighted_elbo(log_weights: Tensor) -> Tensor:
    """Lower bound of log p(x), log (1/k) sum_i w_i; its mean rises with k, from the ELBO (k = 1) to log p(x).

    Args:
        log_weights: see `importance_weights` [k, B].
    Returns:
        [B], nats per image.
    Source: Burda et al. 2016, equation 8.
    """
    return log_weights.logsumexp(0) - math.log(len(log_weights))
