"""A sampler fitted to the codes: where real digits lie, as a mixture of Gaussians to draw from.

Codes do not fill the prior N(0, I): between the classes lie places that no digit maps to, and draws from the prior hit
them. The mixture leaves them out.
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
        codes: [N, D], N at least `components`.
        components: K.
        seed: for the start, a k-means clustering.
    Returns:
        The mixture, in single precision.
    """
    from sklearn.mixture import GaussianMixture  # slow to import, and drawing does not need it

    # A thousandth of the codes' own variance at least, or a component of few codes could shrink to a point.
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
        n: how many.
        generator: source of the randomness.
        temperature: factor on each component's standard deviations; with 0, only the means are drawn.
    Returns:
        z [n, D], float32.
    """
    weights = mixture.weights.astype(np.float64)
    components = generator.choice(len(weights), size=n, p=weights / weights.sum())  # [n]
    eps = generator.standard_normal((n, mixture.means.shape[1]), dtype=np.float32)  # [n, D]
    return mixture.means[components] + temperature * np.einsum("nij,nj->ni", mixture.scales[components], eps)
