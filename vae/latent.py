"""Paths through the latent space, and its projections to a plane."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

WAVES = 8  # sine waves that describe the shape of a geodesic
ROUNDS = 10  # of its optimisation
Decode = Callable[[Tensor], Tensor]


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
    """Spherical interpolation: the angle, and the norm from ||a|| to ||b||, change linearly with t.

    With u = a / ||a||, v = b / ||b|| and angle w between them:
    (sin((1 - t) w) u + sin(t w) v) / sin(w) * ((1 - t) ||a|| + t ||b||).
    Where the arc is undefined (a or b at the origin, the same or opposite directions) it is the straight line.

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


def change(decode: Decode, z: Tensor) -> Tensor:
    """Distances between neighbouring images on a path: ||g(z_i+1) - g(z_i)||, over all pixels.

    Args:
        decode: z [B, D] to images in [0, 1].
        z: the path [T, D].
    Returns:
        [T - 1]; the sum of its squares, times T - 1, is the energy of the path.
    """
    return decode(z).reshape(len(z), -1).diff(dim=0).norm(dim=1)


def geodesic(decode: Decode, a: Tensor, b: Tensor, segments: int = 24, rounds: int = ROUNDS) -> Iterator[Tensor]:
    """Geodesic from a to b: the path along which the decoded image changes least.

    Minimises the energy n sum_i ||g(z_i+1) - g(z_i)||^2 of the image g(z), the pull-back metric of the decoder, over
    sums of sine waves added to the straight line or the arc, whichever has less energy; then spaces the points
    so that the image changes evenly.

    Args:
        decode: z [B, D] to images in [0, 1], differentiable.
        a, b: end points [D].
        segments: n, the number of steps of the path.
        rounds: of ten L-BFGS iterations each.
    Returns:
        An iterator over paths [n + 1, D] from a to b, one per round, of falling energy.
    Source: Arvanitidis et al. 2018; Shao et al. 2018; the energy, Chen et al. 2018.
    """
    t = torch.linspace(0, 1, segments + 1)
    start = min((lerp(a, b, t), slerp(a, b, t)), key=lambda z: energy(decode, z).item())
    order = torch.arange(1, WAVES + 1)
    # Divided by its order, each wave contributes about the same energy: the problem is then well conditioned.
    waves = torch.sin(torch.pi * t[1:-1, None] * order) / order  # [n - 1, K]
    amounts = torch.zeros(WAVES, len(a), requires_grad=True)
    search = torch.optim.LBFGS([amounts], max_iter=10, history_size=20, line_search_fn="strong_wolfe")

    def curve() -> Tensor:
        return torch.cat([a[None], start[1:-1] + waves @ amounts, b[None]])  # a and b exactly

    def closure() -> Tensor:
        search.zero_grad()
        loss = energy(decode, curve())
        loss.backward(inputs=[amounts])  # no gradients for the decoder's weights
        return loss

    best = start
    for _ in range(rounds):
        with torch.enable_grad():
            search.step(closure)
        with torch.no_grad():
            best = min((best, curve(), evenly(decode, curve())), key=lambda z: energy(decode, z).item())
        yield best


def energy(decode: Decode, z: Tensor) -> Tensor:
    """Energy n sum_i ||g(z_i+1) - g(z_i)||^2 of a path [n + 1, D]: a scalar."""
    return (len(z) - 1) * change(decode, z).square().sum()


@torch.no_grad()
def evenly(decode: Decode, z: Tensor) -> Tensor:
    """The same path [T, D] with its points moved along it, so that the image changes equally at each step."""
    travelled = np.concatenate([[0], change(decode, z).numpy().cumsum()])  # [T]
    place = np.interp(np.linspace(0, travelled[-1], len(z)), travelled, np.arange(len(z)))
    return between(z, torch.from_numpy(place))


def between(z: Tensor, place: Tensor) -> Tensor:
    """Points [S, D] of a polyline z [T, D] at places [S] in [0, T - 1]; place i is z[i]."""
    before = place.floor().long().clamp(0, len(z) - 2)
    return torch.lerp(z[before], z[before + 1], (place - before)[:, None].to(z.dtype))


def principal_plane(mu: Tensor) -> tuple[Tensor, Tensor]:
    """The map's plane: the first two principal axes of the codes; for D = 2 the latent plane itself.

    A point z is drawn at (z - center) axes^T. The largest component of each axis is positive.

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
    """The plane that separates the classes best: the first two linear discriminants, made orthonormal.

    Args:
        mu: codes [N, D], D at least 2.
        labels: classes [N], at least three of them.
    Returns:
        Orthonormal axes [2, D], the largest component of each positive.
    Source: Fisher 1936; scikit-learn's LinearDiscriminantAnalysis.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    # Without shrinkage a collapsed dimension, whose codes hardly vary, would weigh as much as the others.
    fitted = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.1).fit(mu.double().numpy(), labels.numpy())
    return pointed(torch.linalg.qr(torch.from_numpy(fitted.scalings_[:, :2])).Q.T.to(mu.dtype))


def pointed(axes: Tensor) -> Tensor:
    """Axes [2, D] with the sign that makes the largest component of each positive."""
    return axes * axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()


def tsne(mu: Tensor) -> Tensor:
    """t-SNE of codes [N, D] to [N, 2], centred and scaled to a largest norm of 1; deterministic.

    Source: van der Maaten & Hinton 2008; the lecture's section on projections; scikit-learn's TSNE.
    """
    from sklearn.manifold import TSNE

    perplexity = min(30, (len(mu) - 1) / 3)
    init = "pca" if mu.shape[1] > 1 else "random"  # one dimension has no two principal axes
    fitted = TSNE(perplexity=perplexity, init=init, random_state=0).fit_transform(mu.float().numpy())
    plane = torch.from_numpy(fitted)
    plane = plane - plane.mean(0)
    return plane / plane.norm(dim=1).max()
