"""Walks and projections, against scikit-learn and against geometry."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA

from vae import checkpoint, latent

vectors = arrays("float64", 4, elements=st.floats(-10, 10)).map(torch.from_numpy)
t = torch.linspace(0, 1, 9, dtype=torch.float64)


@given(a=vectors, b=vectors)
def test_lerp_goes_straight_and_evenly(a, b):
    z = latent.lerp(a, b, t)
    torch.testing.assert_close(z[0], a)
    torch.testing.assert_close(z[-1], b)
    torch.testing.assert_close(z[1:] - z[:-1], ((b - a) / 8).expand(8, 4))


@given(a=vectors, b=vectors)
def test_slerp_starts_and_ends_where_it_should_and_is_always_finite(a, b):
    z = latent.slerp(a, b, t)
    assert torch.isfinite(z).all()
    torch.testing.assert_close(z[0], a, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(z[-1], b, atol=1e-6, rtol=1e-6)


def test_slerp_turns_evenly_and_keeps_the_length():
    a, b = torch.tensor([2.0, 0, 0], dtype=torch.float64), torch.tensor([0, 2.0, 0], dtype=torch.float64)
    z = latent.slerp(a, b, t)
    torch.testing.assert_close(z.norm(dim=1), torch.full((9,), 2.0, dtype=torch.float64))
    angles = torch.atan2(z[:, 1], z[:, 0])
    torch.testing.assert_close(angles, t * math.pi / 2)


def test_slerp_lets_the_length_go_evenly_from_one_to_the_other():
    a, b = torch.tensor([1.0, 0], dtype=torch.float64), torch.tensor([0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(latent.slerp(a, b, t).norm(dim=1), 1 + 2 * t)


def test_slerp_is_straight_where_there_is_no_arc():
    a = torch.tensor([1.0, 1.0], dtype=torch.float64)
    for b in (torch.zeros_like(a), 3 * a, -a):
        torch.testing.assert_close(latent.slerp(a, b, t), latent.lerp(a, b, t))


def test_the_plane_is_that_of_scikit_learns_pca():
    generator = np.random.default_rng(0)
    mu = generator.standard_normal((500, 6)) @ generator.standard_normal((6, 6)) + 3
    center, axes = latent.principal_plane(torch.from_numpy(mu))
    pca = PCA(2).fit(mu)
    np.testing.assert_allclose(center.numpy(), pca.mean_)
    np.testing.assert_allclose(np.abs(axes.numpy() @ pca.components_.T), np.eye(2), atol=1e-9)
    plane = ((torch.from_numpy(mu) - center) @ axes.T).numpy()
    np.testing.assert_allclose(np.abs(plane), np.abs(pca.transform(mu)), atol=1e-9)


def test_the_plane_does_not_flip_from_one_machine_to_the_next():
    mu = torch.from_numpy(np.random.default_rng(1).standard_normal((200, 5)))
    _, axes = latent.principal_plane(mu)
    assert (axes.gather(1, axes.abs().argmax(1, keepdim=True)) > 0).all()


def test_in_two_dimensions_the_plane_is_the_latent_plane():
    center, axes = latent.principal_plane(torch.randn(50, 2) + 5)
    assert center.tolist() == [0, 0]
    assert axes.tolist() == [[1, 0], [0, 1]]


def three_classes():
    """Codes that vary most along dimension 0, and whose classes part along dimensions 2 and 3."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(300) % 3
    mu = torch.randn(300, 5, generator=generator) * torch.tensor([9.0, 4.0, 0.3, 0.3, 1.0])
    mu[:, 4] *= 1e-3  # collapsed
    mu[:, 2:4] += torch.tensor([[2.0, 0.0], [-1.0, 1.5], [-1.0, -1.5]])[labels]
    return mu, labels


def test_the_class_axes_span_the_plane_in_which_the_classes_part():
    axes = latent.class_axes(*three_classes())
    torch.testing.assert_close(axes @ axes.T, torch.eye(2), atol=1e-5, rtol=0)
    assert axes[:, 2:4].square().sum() > 1.99
    assert (axes.gather(1, axes.abs().argmax(1, keepdim=True)) > 0).all()
    principal = latent.principal_plane(three_classes()[0])[1]
    assert principal[:, :2].square().sum() > 1.9  # another plane altogether


def test_tsne_keeps_neighbours_together_and_repeats_itself():
    mu, labels = three_classes()
    mu = mu[:, 2:]
    plane = latent.tsne(mu)
    assert plane.shape == (300, 2) and plane.norm(dim=1).max() == pytest.approx(1)
    torch.testing.assert_close(plane, latent.tsne(mu))
    distances = torch.cdist(plane, plane).fill_diagonal_(torch.inf)
    assert (labels[distances.argmin(1)] == labels).float().mean() > 0.95


# Geodesics


@pytest.fixture(scope="module")
def pairs(checkpoints, digits):
    """A model, and the codes of eight pairs of real test digits of different classes."""
    model = checkpoint.load(checkpoints / "mnist-vae-20d")
    x, labels = digits
    generator = torch.Generator().manual_seed(0)
    rows = torch.randint(0, len(x), (400, 2), generator=generator)
    rows = rows[labels[rows[:, 0]] != labels[rows[:, 1]]][:8]
    with torch.no_grad():
        mu, _ = model.encode(x)
    return model, mu[rows]


def test_a_geodesic_has_less_energy_than_the_other_paths_and_more_even_steps(pairs):
    model, ends = pairs
    t = torch.linspace(0, 1, 25)

    def measured(z):
        with torch.no_grad():
            pictures = model.decode(z).reshape(25, 784).double()
        steps = (pictures[1:] - pictures[:-1]).norm(dim=1)
        return 24 * steps.square().sum().item(), (steps.std() / steps.mean()).item()

    for a, b in ends:
        *_, curve = latent.geodesic(model.decode, a, b)
        assert torch.equal(curve[0], a) and torch.equal(curve[-1], b)  # exactly
        energy, unevenness = measured(curve)
        for path in (latent.lerp, latent.slerp):
            other_energy, other_unevenness = measured(path(a, b, t))
            assert energy <= other_energy and unevenness < other_unevenness
        assert unevenness < 0.15


def test_a_geodesic_gets_better_and_better(pairs):
    model, ends = pairs
    with torch.no_grad():
        energies = [latent.energy(model.decode, curve).item() for curve in latent.geodesic(model.decode, *ends[0])]
    assert len(energies) == latent.ROUNDS and energies == sorted(energies, reverse=True)
    assert energies[-1] < energies[0]


def test_on_a_flat_decoder_the_geodesic_is_the_straight_line():
    flat = torch.linalg.qr(torch.randn(784, 5, generator=torch.Generator().manual_seed(0))).Q
    a, b = torch.randn(2, 5, generator=torch.Generator().manual_seed(1))
    *_, curve = latent.geodesic(lambda z: z @ flat.T, a, b)
    torch.testing.assert_close(curve, latent.lerp(a, b, torch.linspace(0, 1, 25)), atol=1e-3, rtol=0)


def test_from_a_place_to_itself_is_no_way(pairs):
    model, ends = pairs
    *_, curve = latent.geodesic(model.decode, ends[0, 0], ends[0, 0])
    torch.testing.assert_close(curve, ends[0, 0].expand(25, -1))


def test_places_between_the_corners_of_a_walk():
    z = torch.tensor([[0.0, 0.0], [2.0, 0.0], [2.0, 4.0]])
    place = torch.tensor([0.0, 0.5, 1.0, 1.25, 2.0])
    expected = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [2.0, 1.0], [2.0, 4.0]])
    assert torch.equal(latent.between(z, place), expected)
