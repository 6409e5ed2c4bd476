"""The loss against torch.distributions, against sampling, and against its own properties."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits

from vae import losses


def tensors(low, high, shape=(3, 5)):
    values = st.floats(low, high, width=32, allow_subnormal=False)
    return arrays("float32", shape, elements=values).map(torch.from_numpy)


@given(mu=tensors(-5, 5), logvar=tensors(-6, 3))
def test_kl_is_that_of_torch_distributions(mu, logvar):
    posterior = Normal(mu.double(), (logvar.double() / 2).exp())
    expected = kl_divergence(posterior, Normal(torch.zeros(3, 5).double(), 1.0))
    torch.testing.assert_close(losses.kl(mu.double(), logvar.double()), expected, rtol=1e-9, atol=1e-9)


@given(mu=tensors(-5, 5), logvar=tensors(-6, 3))
def test_kl_is_never_negative(mu, logvar):
    assert (losses.kl(mu.double(), logvar.double()) >= 0).all()


def test_kl_is_zero_only_at_the_prior():
    zero = torch.zeros(1, 4)
    assert losses.kl(zero, zero).sum() == 0
    assert (losses.kl(zero + 0.1, zero) > 0).all()
    assert (losses.kl(zero, zero + 0.1) > 0).all()
    assert (losses.kl(zero, zero - 0.1) > 0).all()


def test_kl_is_the_mean_of_log_q_minus_log_p_over_samples():
    mu, logvar = torch.tensor([[0.7, -1.2, 0.1]]).double(), torch.tensor([[-1.0, 0.3, 0.0]]).double()
    posterior, prior = Normal(mu, (logvar / 2).exp()), Normal(torch.zeros_like(mu), 1.0)
    eps = torch.randn(400_000, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    z = mu + (logvar / 2).exp() * eps
    estimate = (posterior.log_prob(z) - prior.log_prob(z)).mean(0)
    torch.testing.assert_close(losses.kl(mu, logvar)[0], estimate, rtol=0, atol=0.01)


@given(logits=tensors(-8, 8, (4, 784)), seed=st.integers(0, 99))
def test_bernoulli_is_the_likelihood_of_binary_pixels(logits, seed):
    x = torch.rand(4, 784, generator=torch.Generator().manual_seed(seed)).round()
    expected = -Independent(Bernoulli(logits=logits.double()), 1).log_prob(x.double())
    torch.testing.assert_close(losses.bernoulli(x.double(), logits.double()), expected)


def test_bernoulli_of_grey_pixels_is_the_lectures_formula():
    generator = torch.Generator().manual_seed(1)
    x, logits = torch.rand(4, 784, generator=generator), torch.randn(4, 784, generator=generator)
    x_hat = torch.sigmoid(logits)
    expected = -(x * x_hat.log() + (1 - x) * (1 - x_hat).log()).sum(1)
    torch.testing.assert_close(losses.bernoulli(x, logits), expected)


@given(logits=tensors(-30, 30, (4, 9)), x=tensors(0, 1, (4, 9)))
def test_the_gradient_of_bernoulli_is_pytorch_s(logits, x):
    weights = torch.tensor([1.0, -2.0, 0.0, 0.5]).double()
    ours, theirs = logits.double().requires_grad_(), logits.double().requires_grad_()
    (weights * losses.bernoulli(x.double(), ours)).sum().backward()
    (weights * binary_cross_entropy_with_logits(theirs, x.double(), reduction="none").sum(1)).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_autocast_takes_nothing_from_the_loss():
    generator = torch.Generator().manual_seed(0)
    x, logits = torch.rand(4, 784, generator=generator), 5 * torch.randn(4, 784, generator=generator)
    with torch.autocast("cpu", torch.bfloat16):
        loss = losses.bernoulli(x, logits)
    torch.testing.assert_close(loss, losses.bernoulli(x, logits), rtol=1e-6, atol=0)


def test_bernoulli_stays_finite_where_the_sigmoid_saturates():
    x = torch.tensor([[0.0] * 392 + [1.0] * 392])
    assert losses.bernoulli(x, torch.full((1, 784), 200.0)).item() == pytest.approx(392 * 200.0)


@given(x=tensors(0, 1, (4, 784)), x_hat=tensors(0, 1, (4, 784)))
def test_gaussian_is_the_likelihood_without_its_constant(x, x_hat):
    x, x_hat = x.double(), x_hat.double()
    constant = 784 / 2 * torch.log(torch.tensor(2 * torch.pi, dtype=torch.float64))
    expected = -Independent(Normal(x_hat, 1.0), 1).log_prob(x) - constant
    torch.testing.assert_close(losses.gaussian(x, x_hat), expected, rtol=1e-6, atol=1e-6)


def test_terms_are_per_example():
    x, logits = torch.rand(6, 784), torch.randn(6, 784)
    mu, logvar = torch.randn(6, 3), torch.randn(6, 3)
    for i in range(6):
        one = slice(i, i + 1)
        torch.testing.assert_close(losses.bernoulli(x, logits)[one], losses.bernoulli(x[one], logits[one]))
        torch.testing.assert_close(losses.kl(mu, logvar)[one], losses.kl(mu[one], logvar[one]))


def test_objective_is_the_negative_elbo_when_beta_is_one():
    reconstruction, kl = torch.rand(5) * 100, torch.rand(5, 3)
    torch.testing.assert_close(losses.objective(reconstruction, kl, 1.0), -losses.elbo(reconstruction, kl))
    torch.testing.assert_close(losses.objective(reconstruction, kl, 0.0), reconstruction)
    torch.testing.assert_close(losses.objective(reconstruction, kl, 4.0), reconstruction + 4 * kl.sum(1))


def test_elbo_is_below_the_likelihood_where_that_is_known():
    # p(x) of a one-pixel model by a sum over a fine grid of z; the ELBO of any posterior stays below it
    grid = torch.linspace(-8, 8, 4001, dtype=torch.float64)[:, None]  # z, and the decoder is the identity
    prior = Normal(torch.tensor(0.0, dtype=torch.float64), 1.0)
    log_joint = prior.log_prob(grid[:, 0]) - losses.bernoulli(torch.ones_like(grid), grid)
    log_p = torch.logsumexp(log_joint, 0) + torch.log(grid[1, 0] - grid[0, 0])
    for mean, log_variance in ((0.0, 0.0), (0.4, -0.2), (2.0, -3.0)):
        mu, logvar = torch.full((1, 1), mean).double(), torch.full((1, 1), log_variance).double()
        weight = Normal(mu, (logvar / 2).exp()).log_prob(grid).softmax(0)  # q(z | x) on the grid
        reconstruction = (weight[:, 0] * losses.bernoulli(torch.ones_like(grid), grid)).sum(0, keepdim=True)
        assert losses.elbo(reconstruction, losses.kl(mu, logvar)).item() < log_p.item()


@pytest.mark.parametrize("beta", [1.0, 0.3])
def test_the_mean_of_the_importance_weights_is_the_elbo(beta):
    mu, logvar = torch.tensor([[0.7, -1.2, 0.1]]).double(), torch.tensor([[-1.0, 0.3, 0.0]]).double()
    eps = torch.randn(200_000, 1, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    z = mu + (logvar / 2).exp() * eps
    reconstruction = z.square().sum(2) + 3
    estimate = losses.importance_weights(reconstruction, logvar, eps, z, beta).mean(0)
    expected = -losses.objective(reconstruction.mean(0), losses.kl(mu, logvar), beta)
    torch.testing.assert_close(estimate, expected, rtol=0, atol=0.02)


@given(log_weights=tensors(-50, 50, (6, 4)))
def test_the_importance_weighted_elbo_lies_between_the_mean_and_the_best_draw(log_weights):
    log_weights = log_weights.double()
    bound = losses.importance_weighted_elbo(log_weights)
    torch.testing.assert_close(bound, log_weights.exp().mean(0).log())
    assert (bound >= log_weights.mean(0) - 1e-9).all() and (bound <= log_weights.amax(0) + 1e-9).all()
    torch.testing.assert_close(losses.importance_weighted_elbo(log_weights[:1]), log_weights[0])
