"""The brightness of paper or board behind a drawing, under uneven light."""

import math

import numpy as np

HALF_LEVEL = 1 / 510  # half a step of an 8-bit image: anything less is rounding


def _axes(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates y [H, 1] and x [1, W] from -1 to 1."""
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) if side > 1 else np.zeros(1, np.float32) for side in shape)
    return y[:, None], x[None]


def surface(fit: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The brightness [H, W] of a fitted background [6]."""
    y, x = _axes(shape)
    c, cx, cy, cxx, cxy, cyy = fit.astype(np.float32)
    return (c + cx * x + cxx * x * x) + (cy * y + cyy * y * y) + cxy * y * x


def fit(plane: np.ndarray) -> tuple[np.ndarray, float]:
    """The quadratic surface [6] of paper or board under uneven light, and the mean square distance from it."""
    steps = [math.ceil(side / 50) for side in plane.shape]
    rows, columns = (slice(step // 2, None, step) for step in steps)  # 2500 pixels are enough
    y, x = _axes(plane.shape)
    y, x = y[rows].astype(np.float64), x[:, columns].astype(np.float64)
    values = plane[rows, columns].astype(np.float64).ravel()
    terms = np.stack(np.broadcast_arrays(1.0, x, y, x * x, x * y, y * y)).reshape(6, -1)
    trust = (np.maximum(abs(y), abs(x)) ** 4 + 0.02).ravel()  # the edge of an image is seldom ink
    flat, flat_residual = _robust_fit(terms[:1], values, trust)
    curved, curved_residual = _robust_fit(terms, values, trust)
    if _spread(flat_residual) <= max(1.1 * _spread(curved_residual), HALF_LEVEL):
        curved, curved_residual = np.pad(flat, (0, 5)), flat_residual  # a quadratic surface would follow a thick digit
    return curved, float((curved_residual**2).mean())


def _robust_fit(terms: np.ndarray, values: np.ndarray, trust: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Iteratively reweighted least squares of terms [k, n] to values [n]: coefficients [k] and residuals [n]."""
    residual = values - np.median(values[trust > 0.5 * trust.max()])  # the background near the border
    for turn in range(14):
        scale = max(2 * _spread(residual), 1e-3)
        if turn < 3:  # least absolute deviations converges from any start
            weight = trust * scale / np.maximum(abs(residual), scale)
        else:  # Tukey's biweight then gives the ink no weight
            weight = trust * np.maximum(1 - (residual / (4 * scale)) ** 2, 0) ** 2
        weighted = terms * weight
        fit = np.linalg.lstsq(weighted @ terms.T, weighted @ values, rcond=1e-10)[0]
        residual = values - fit @ terms
    return fit, residual


def _spread(residual: np.ndarray) -> float:
    """The 1/3 quantile of |residual|: even behind a thick digit a third of the pixels are background."""
    third = residual.size // 3
    return float(np.partition(abs(residual), third)[third])
