"""Test figures against a direct calculation."""

import pytest
import torch

from vae import evaluation, losses
from vae.model import VAE, VAEConfig


@pytest.fixture
def model():
    torch.manual_seed(0)
    return VAE(VAEConfig(latent_dim=3, encoder_hidden=(16,), decoder_hidden=(16,)))


def test_figures_are_means_in_nats_per_image(model):
    x = torch.rand(25, 784)
    figures = evaluation.evaluate(model, x, torch.Generator().manual_seed(7), batch=10)
    generator, total = torch.Generator().manual_seed(7), []
    for part in x.split(10):
        mu, logvar = model.encode(part)
        z = mu + (logvar / 2).exp() * torch.randn(len(part), 3, generator=generator)
        reconstruction = losses.bernoulli(part, model.decoder(z))
        total.append(torch.stack([reconstruction, losses.kl(mu, logvar).sum(1)]))
    reconstruction, kl = torch.cat(total, 1).mean(1).tolist()
    assert figures.reconstruction == pytest.approx(reconstruction, rel=1e-5)
    assert figures.kl == pytest.approx(kl, rel=1e-5) == pytest.approx(sum(figures.kl_per_dim), rel=1e-5)
    assert figures.nelbo == pytest.approx(reconstruction + kl, rel=1e-5)


def test_more_samples_change_the_noise_and_not_the_mean(model):
    x = torch.rand(400, 784)
    one, many = (evaluation.evaluate(model, x, torch.Generator().manual_seed(1), samples=n) for n in (1, 20))
    assert one.nelbo != many.nelbo
    assert one.nelbo == pytest.approx(many.nelbo, abs=1)
    assert one.kl == many.kl


def test_a_dimension_is_active_when_its_mean_varies(model):
    with torch.no_grad():
        model.encoder[-1].weight[0] *= 50  # mu 0 varies
        model.encoder[-1].weight[1:3] = 0  # mu 1 and mu 2 are constant
    figures = evaluation.evaluate(model, torch.rand(50, 784), torch.Generator())
    assert figures.active_units == 1


def test_the_committed_figures_are_those_of_the_committed_weights(checkpoints, digits):
    """On 200 digits the ELBO is near the published one, which 10,000 gave; a wrong model is far off."""
    from vae import checkpoint

    x, _ = digits
    for name, card in checkpoint.read_all(checkpoints)[0].items():
        if card.metrics["training"]["data"] != "mnist":
            continue
        figures = evaluation.evaluate(checkpoint.load(checkpoints / name), x, torch.Generator().manual_seed(0), 20)
        assert figures.nelbo == pytest.approx(card.figures["nelbo"], rel=0.05)
        assert figures.kl == pytest.approx(card.figures["kl"], rel=0.05)


def test_the_committed_models_keep_what_they_promise(checkpoints):
    from vae import checkpoint

    limits = {"mnist-vae-20d": 98, "mnist-vae-2d": 138}
    for name, limit in limits.items():
        figures = checkpoint.read_card(checkpoints / name).figures
        assert figures["images"] == 10_000
        assert figures["nelbo"] <= limit
        assert figures["nelbo"] == pytest.approx(figures["reconstruction"] + figures["kl"], abs=1e-6)
