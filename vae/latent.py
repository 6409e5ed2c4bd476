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
    axes = torch.linalg.svd(mu - center, full_matrices=False).Vh[:2]
    signs = axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()
    return center, axes * signs
