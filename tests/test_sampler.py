"""The sampler fitted to codes, against mixtures that are known."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from vae import sampler
from vae.sampler import Mixture

KNOWN = Mixture(
    weights=np.array([0.6, 0.3, 0.1], np.float32),
    means=np.array([[0, 0], [9, 1], [-7, 7]], np.float32),
    scales=np.array([[[1, 0], [0.8, 0.5]], [[0.5, 0], [0, 1]], [[0.3, 0], [-0.2, 0.4]]], np.float32),
)


def test_draws_have_the_weights_means_and_covariances_of_the_mixture():
    z = sampler.draw(KNOWN, 40_000, np.random.default_rng(0))
    assert z.dtype == np.float32
    nearest = np.linalg.norm(z[:, None] - KNOWN.means, axis=2).argmin(1)  # the components are far apart
    for k, (weight, mean, scale) in enumerate(zip(KNOWN.weights, KNOWN.means, KNOWN.scales, strict=True)):
        part = z[nearest == k]
        assert len(part) / len(z) == pytest.approx(weight, abs=0.01)
        np.testing.assert_allclose(part.mean(0), mean, atol=0.05)
        np.testing.assert_allclose(np.cov(part.T), scale @ scale.T, atol=0.06)


def test_a_fit_recovers_the_mixture_that_the_codes_were_drawn_from():
    codes = sampler.draw(KNOWN, 20_000, np.random.default_rng(1))
    fitted = sampler.fit(codes, components=3, seed=0)
    np.testing.assert_allclose(fitted.weights, KNOWN.weights, atol=0.02)  # both in falling order
    np.testing.assert_allclose(fitted.means, KNOWN.means, atol=0.06)
    for own, known in zip(fitted.scales, KNOWN.scales, strict=True):
        np.testing.assert_allclose(own @ own.T, known @ known.T, atol=0.07)
        assert np.array_equal(own, np.tril(own))


def test_a_fit_is_as_likely_as_the_truth():
    codes = sampler.draw(KNOWN, 20_000, np.random.default_rng(1))
    fresh = sampler.draw(KNOWN, 20_000, np.random.default_rng(2))
    fitted = log_density(sampler.fit(codes, components=3, seed=0), fresh).mean()
    assert fitted == pytest.approx(log_density(KNOWN, fresh).mean(), abs=0.01)


def log_density(mixture, z):
    """log p(z) by scikit-learn, given the parameters."""
    oracle = GaussianMixture(len(mixture.weights))
    oracle.weights_ = mixture.weights.astype(float) / mixture.weights.sum()
    oracle.means_ = mixture.means.astype(float)
    oracle.covariances_ = np.einsum("kij,klj->kil", mixture.scales, mixture.scales).astype(float)
    oracle.precisions_cholesky_ = np.linalg.inv(np.linalg.cholesky(oracle.covariances_)).transpose(0, 2, 1)
    return oracle.score_samples(z.astype(float))


def test_temperature_scales_the_spread_within_a_component():
    cold = sampler.draw(KNOWN, 500, np.random.default_rng(3), temperature=0)
    assert {tuple(z) for z in cold} <= {tuple(mean) for mean in KNOWN.means}
    one, two = (sampler.draw(KNOWN, 500, np.random.default_rng(3), temperature=t) for t in (1, 2))
    np.testing.assert_allclose(two - cold, 2 * (one - cold), atol=1e-5)


def test_the_same_seed_gives_the_same_fit_and_the_same_draws():
    codes = sampler.draw(KNOWN, 2000, np.random.default_rng(1))
    assert np.array_equal(codes, sampler.draw(KNOWN, 2000, np.random.default_rng(1)))
    first, second = (sampler.fit(codes, 4, seed=7) for _ in range(2))
    assert np.array_equal(first.means, second.means) and np.array_equal(first.scales, second.scales)


def test_codes_that_are_all_the_same_can_be_fitted():
    """A code that has collapsed altogether, by a large beta or a dead network."""
    z = sampler.draw(sampler.fit(np.full((500, 2), 0.5, np.float32), 5, seed=0), 100, np.random.default_rng(0))
    np.testing.assert_allclose(z, 0.5, atol=0.02)


def test_codes_on_a_line_can_be_fitted():
    """A dimension that never varies, as a plain autoencoder may have: the covariance is singular but for its floor."""
    codes = np.random.default_rng(0).standard_normal((500, 3)).astype(np.float32)
    codes[:, 2] = 1
    z = sampler.draw(sampler.fit(codes, 5, seed=0), 500, np.random.default_rng(0))
    assert np.isfinite(z).all()
    assert abs(z[:, 2] - 1).max() < 0.2
