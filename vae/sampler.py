"""A mixture of Gaussians fitted to the codes, from which to sample z.

The codes of the data do not fill the prior N(0, I): it also covers regions to which no image is encoded. The mixture
does not.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Mixture:
    """A mixture of K Gaussians in D dimensions.

    Attributes:
        weights: [K], positive, with sum 1.
        means: [K, D].
        scales: [K, D, D], lower triangular: the covariance of component k is scales[k] scales[k]^T.
    """

    weights: np.ndarray
    means: np.ndarray
    scales: np.ndarray


def fit(codes: np.ndarray, components: int, seed: int) -> Mixture:
    """Fit a mixture with full covariances to codes, the posteriors' means, by scikit-learn's expectation maximisation.

    Args:
        codes: means of the posteriors [N, D], N at least K.
        components: K.
        seed: of the k-means clustering from which it starts.
    Returns:
        The mixture, in single precision.
    """
    from sklearn.mixture import GaussianMixture  # slow to import, and drawing does not need it

    # At least a thousandth of the variance of the codes, or a component of few codes could collapse to a point.
    floor = max(1e-3 * float(codes.var(0).mean()), 1e-6)
    mixture = GaussianMixture(components, reg_covar=floor, random_state=seed, max_iter=200).fit(codes)
    order = np.argsort(-mixture.weights_)
    return Mixture(
        mixture.weights_[order].astype(np.float32),
        mixture.means_[order].astype(np.float32),
        np.linalg.cholesky(mixture.covariances_[order]).astype(np.float32),
    )


def draw(mixture: Mixture, n: int, generator: np.random.Generator, temperature: float = 1.0) -> np.ndarray:
    """Draw codes: a component k by its weight, then z = means[k] + temperature scales[k] eps, eps ~ N(0, I).

    Args:
        mixture: what to draw from.
        n: number of samples.
        generator: source of the randomness.
        temperature: factor on the standard deviations of each component, at least 0.
    Returns:
        z [n, D], float32.
    """
    weights = mixture.weights.astype(np.float64)
    components = generator.choice(len(weights), size=n, p=weights / weights.sum())  # [n]
    eps = generator.standard_normal((n, mixture.means.shape[1]), dtype=np.float32)  # [n, D]
    return mixture.means[components] + temperature * np.einsum("nij,nj->ni", mixture.scales[components], eps)
