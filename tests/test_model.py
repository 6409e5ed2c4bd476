"""Encode, reparameterize, decode: shapes, ranges, gradients, and what the committed models do to real digits."""

import dataclasses

import pytest
import torch
from torch.distributions import Normal

from vae import VAE, losses
from vae.model import VAEConfig

SMALL = VAEConfig(latent_dim=3, encoder_hidden=(16, 8), decoder_hidden=(8, 16))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return VAE(SMALL)


@pytest.mark.parametrize("shape", [(5, 1, 28, 28), (5, 784), (5, 28, 28)])
def test_encode_takes_pictures_and_rows(model, shape):
    x = torch.rand(5, 784)
    mu, logvar = model.encode(x.reshape(shape))
    assert mu.shape == logvar.shape == (5, 3)
    torch.testing.assert_close((mu, logvar), model.encode(x))


def test_mu_comes_before_logvar(model):
    with torch.no_grad():
        model.encoder[-1].weight.zero_()
        model.encoder[-1].bias.copy_(torch.arange(6.0))
    mu, logvar = model.encode(torch.rand(1, 784))
    assert mu.tolist() == [[0, 1, 2]]
    assert logvar.tolist() == [[3, 4, 5]]


def test_decode_gives_pictures_in_the_unit_interval(model):
    x_hat = model.decode(100 * torch.randn(7, 3))
    assert x_hat.shape == (7, 1, 28, 28)
    assert ((x_hat >= 0) & (x_hat <= 1)).all()


def test_reparameterize_draws_from_the_posterior(model):
    mu, logvar = torch.tensor([[1.0, -2.0, 0.0]]), torch.tensor([[0.5, -1.0, -4.0]])
    eps = torch.randn(200_000, 3, generator=torch.Generator().manual_seed(3))
    z = model.reparameterize(mu, logvar, eps)
    torch.testing.assert_close(z.mean(0), mu[0], atol=0.01, rtol=0)
    torch.testing.assert_close(z.var(0), logvar[0].exp(), atol=0.01, rtol=0.01)


def test_without_noise_reparameterize_gives_the_mean(model):
    mu = torch.randn(4, 3)
    torch.testing.assert_close(model.reparameterize(mu, torch.randn(4, 3), torch.zeros(4, 3)), mu)


def test_reparameterize_has_the_gradient_of_rsample(model):
    mu, logvar = torch.randn(4, 3, requires_grad=True), torch.randn(4, 3, requires_grad=True)
    torch.manual_seed(4)
    ((Normal(mu, (logvar / 2).exp()).rsample()) ** 2).sum().backward()
    expected = mu.grad.clone(), logvar.grad.clone()
    mu.grad = logvar.grad = None
    torch.manual_seed(4)
    (model.reparameterize(mu, logvar, torch.normal(torch.zeros(4, 3), torch.ones(4, 3))) ** 2).sum().backward()
    torch.testing.assert_close((mu.grad, logvar.grad), expected)


def test_the_loss_reaches_every_weight(model):
    reconstruction, kl = model(torch.rand(8, 784), torch.randn(8, 3))
    losses.objective(reconstruction, kl, 1.0).mean().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


def test_forward_is_made_of_its_parts(model):
    x, eps = torch.rand(8, 784), torch.randn(8, 3)
    reconstruction, kl = model(x, eps)
    mu, logvar = model.encode(x)
    x_hat = model.decode(model.reparameterize(mu, logvar, eps)).reshape(8, 784)
    expected = torch.nn.functional.binary_cross_entropy(x_hat, x, reduction="none").sum(1)
    torch.testing.assert_close(reconstruction, expected)
    torch.testing.assert_close(kl, losses.kl(mu, logvar))


def test_the_gaussian_likelihood_is_half_the_squared_distance():
    model = VAE(dataclasses.replace(SMALL, likelihood="gaussian"))
    x, z = torch.rand(8, 784), torch.randn(8, 3)
    expected = 0.5 * ((x - model.decode(z).reshape(8, 784)) ** 2).sum(1)
    torch.testing.assert_close(model.reconstruction(x, model.logits(z)), expected)


def test_the_warp_is_added_to_z_ahead_of_the_chain():
    model = VAE(SMALL)
    z = torch.randn(5, 3)
    torch.testing.assert_close(model.logits(z), model.decoder(z + model.warp(z)))
    plain = VAE(dataclasses.replace(SMALL, warp=0))
    torch.testing.assert_close(plain.logits(z), plain.decoder(z))
    assert not any(name.startswith("warp") for name in plain.state_dict())


def test_a_plain_autoencoder_has_a_point_for_a_code_and_no_divergence():
    model = VAE(dataclasses.replace(SMALL, variational=False))
    x = torch.rand(6, 784)
    mu, logvar = model.encode(x)
    assert mu.shape == logvar.shape == (6, 3)
    assert torch.isfinite(logvar).all()
    torch.testing.assert_close(model.reparameterize(mu, logvar, torch.randn(6, 3)), mu, rtol=0, atol=1e-6)
    reconstruction, kl = model(x, torch.randn(6, 3))
    assert torch.equal(kl, torch.zeros(6, 3))
    torch.testing.assert_close(reconstruction, losses.bernoulli(x, model.logits(mu)))
    assert model.encoder[-1].out_features == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"latent_dim": 0},
        {"latent_dim": 2.5},
        {"latent_dim": True},
        {"decoder_hidden": (0,)},
        {"encoder_hidden": ("wide",)},
        {"activation": "tanh"},
        {"likelihood": "poisson"},
        {"warp": -1},
        {"warp": True},
        {"variational": "yes"},
    ],
)
def test_a_config_says_what_is_wrong_with_it(wrong):
    with pytest.raises(ValueError, match=r"whole numbers|activation|likelihood|warp|variational"):
        VAEConfig(**wrong)


@pytest.mark.parametrize("value", [-0.01, 1.01, 255.0, float("nan"), float("inf"), -float("inf")])
def test_an_image_outside_its_range_is_refused(value):
    x = torch.rand(3, 1, 28, 28)
    x[1, 0, 5, 5] = value
    with pytest.raises(ValueError, match=r"pixels of images lie in \[0, 1\], not from"):
        VAE(SMALL).encode(x)


def test_what_only_rounding_has_moved_out_of_range_is_encoded():
    model, x = VAE(SMALL), torch.rand(3, 784).round()
    for moved in (x * (1 + 1e-6), x - 1e-6, x.double(), x.half(), x.bool(), x.byte(), x[:0]):
        mu, logvar = model.encode(moved)
        torch.testing.assert_close(mu, model.posterior(x)[0][: len(moved)], atol=1e-3, rtol=0)
        assert logvar.dtype == torch.float32
    with torch.autocast("cpu", torch.bfloat16):
        model.encode(x)


@pytest.mark.parametrize("shape", [(784,), (28, 28), (3, 783), (2, 3, 28, 28), (1, 28, 14), (392, 2), ()])
def test_an_image_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"images are a tensor \[B, 1, 28, 28\] or \[B, 784\], not"):
        VAE(SMALL).encode(torch.zeros(shape))


def test_an_array_is_refused_as_an_image():
    with pytest.raises(ValueError, match=r"images are a tensor .* not ndarray"):
        VAE(SMALL).encode(torch.zeros(2, 784).numpy())


@pytest.mark.parametrize("shape", [(3,), (5, 2), (1, 5, 3), ()])
def test_a_latent_vector_of_another_width_is_refused(shape):
    with pytest.raises(ValueError, match=r"latent vectors are a tensor \[B, 3\], not"):
        VAE(SMALL).decode(torch.zeros(shape))


@pytest.mark.parametrize(("name", "latent_dim"), [("mnist-vae-20d", 20), ("mnist-vae-2d", 2)])
def test_committed_models_load_as_the_hub_loads_them(checkpoints, name, latent_dim):
    model = VAE.from_pretrained(str(checkpoints / name))
    assert model.latent_dim == latent_dim
    assert not model.training


def test_the_default_model_reconstructs_real_digits(checkpoints, digits):
    x, _ = digits
    model = VAE.from_pretrained(checkpoints / "mnist-vae-20d")
    with torch.no_grad():
        mu, _ = model.encode(x)
        error = (model.decode(mu).reshape(-1, 784) - x).square().mean(1)
        shuffled = (model.decode(mu.roll(1, 0)).reshape(-1, 784) - x).square().mean(1)
    assert error.median() < 0.02
    assert error.mean() < shuffled.mean() / 3
