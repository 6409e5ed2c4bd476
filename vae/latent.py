"""Walks through the latent space and its projection to a plane."""

import torch
from torch import Tensor


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Straight line from a to b: (1 - t) a + t b.

    Args:
        a, b: end points [D].
        t: positions [T], 0 at a and 1 at b.
    Returns:
        [T, D].
    """
    t = t[:, None]
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Along the arc from a to b, turning evenly, its length going evenly from ||a|| to ||b||.

    With u = a / ||a||, v = b / ||b|| and angle w between them:
    (sin((1 - t) w) u + sin(t w) v) / sin(w) * ((1 - t) ||a|| + t ||b||).
    Where no arc is defined (an end at the origin, ends in the same or in opposite directions) it is the straight line.

    Args:
        a, b: end points [D].
        t: positions [T], 0 at a and 1 at b.
    Returns:
        [T, D].
    Source: Shoemake 1985; White 2016, "Sampling generative networks".
    """
    norm_a, norm_b = a.norm(), b.norm()
    if norm_a == 0 or norm_b == 0:
        return lerp(a, b, t)
    u, v = a / norm_a, b / norm_b
    omega = torch.acos((u @ v).clamp(-1, 1))
    if torch.sin(omega) < 1e-4:
        return lerp(a, b, t)
    t = t[:, None]
    direction = (torch.sin((1 - t) * omega) * u + torch.sin(t * omega) * v) / torch.sin(omega)
    return direction * ((1 - t) * norm_a + t * norm_b)


def principal_plane(mu: Tensor) -> tuple[Tensor, Tensor]:
    """The plane that the map shows: the first two principal axes of the codes, or the latent plane itself when D = 2.

    A point is drawn at (z - center) axes^T. Each axis points to where its largest component is positive.

    Args:
        mu: codes [N, D].
    Returns:
        center [D] and orthonormal axes [2, D] (for D = 1 the second axis is zero).
    """
    n_dims = mu.shape[1]
    if n_dims <= 2:
        return torch.zeros(n_dims, dtype=mu.dtype), torch.eye(2, n_dims, dtype=mu.dtype)
    center = mu.mean(0)
    return center, pointed(torch.linalg.svd(mu - center, full_matrices=False).Vh[:2])


def class_axes(mu: Tensor, labels: Tensor) -> Tensor:
    """The plane in which the classes lie farthest apart for their width: two linear discriminants, made orthonormal.

    Args:
        mu: codes [N, D], D at least 2.
        labels: classes [N], at least three of them.
    Returns:
        Orthonormal axes [2, D]; each points to where its largest component is positive.
    Source: Fisher 1936; scikit-learn's LinearDiscriminantAnalysis.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    # without shrinkage a collapsed dimension, whose codes hardly vary, would count as much as the others
    fitted = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.1).fit(mu.double().numpy(), labels.numpy())
    return pointed(torch.linalg.qr(torch.from_numpy(fitted.scalings_[:, :2])).Q.T.to(mu.dtype))


def pointed(axes: Tensor) -> Tensor:
    """Axes [2, D], each turned round, if need be, so that its largest component is positive."""
    return axes * axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()


def tsne(mu: Tensor) -> Tensor:
    """The lecture's projection: codes [N, D] to [N, 2] by t-SNE, the farthest at distance 1; the same at each call.

    Source: van der Maaten & Hinton 2008; the lecture's section on projections; scikit-learn's TSNE.
    """
    from sklearn.manifold import TSNE

    perplexity = min(30, (len(mu) - 1) / 3)
    init = "pca" if mu.shape[1] > 1 else "random"  # one dimension has no two principal axes
    fitted = TSNE(perplexity=perplexity, init=init, random_state=0).fit_transform(mu.float().numpy())
    plane = torch.from_numpy(fitted)
    plane = plane - plane.mean(0)
    return plane / plane.norm(dim=1).max()
