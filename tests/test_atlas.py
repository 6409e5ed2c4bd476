"""What the map is drawn from: planes that do not spin, and arrays that fit together."""

import itertools

import numpy as np
import pytest
import torch

from vae import atlas, latent


def turned(plane, angle, mirrored=False):
    cos, sin = np.cos(angle), np.sin(angle)
    turn = torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float32)
    return (plane @ turn) * torch.tensor([1.0, -1.0 if mirrored else 1.0])


def own_plane(codes):
    center, axes = latent.principal_plane(codes)
    return (codes - center) @ axes.T


def test_snapshots_that_only_turn_in_latent_space_stand_still_on_the_map():
    """The same cloud, its axes renamed, turned and mirrored: nothing has changed, and nothing may move."""
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(500, 4, generator=generator) * torch.tensor([3.0, 1.5, 0.5, 0.2])
    codes[:250] += torch.tensor([4.0, 1.0, 0.0, 0.0])
    versions = [codes[:, [2, 0, 3, 1]] * torch.tensor([1.0, -1.0, 1.0, -1.0]), -codes, codes]
    last = own_plane(codes)
    for plane in atlas.planes(versions, last):
        torch.testing.assert_close(plane, last, atol=1e-3, rtol=0)


def test_turning_changes_no_distance():
    generator = torch.Generator().manual_seed(0)
    versions = [torch.randn(100, 5, generator=generator) for _ in range(3)]
    last = own_plane(versions[-1])
    planes = atlas.planes(versions, last)
    assert planes[-1] is last
    for codes, plane in zip(versions, planes, strict=True):
        exact = "donot_use_mm_for_euclid_dist"
        expected = torch.cdist(own_plane(codes), own_plane(codes), compute_mode=exact)
        torch.testing.assert_close(torch.cdist(plane, plane, compute_mode=exact), expected, atol=1e-4, rtol=0)


def test_neighbours_in_time_lie_closer_than_they_would_unturned():
    generator = torch.Generator().manual_seed(1)
    codes = [torch.randn(300, 6, generator=generator)]
    for _ in range(4):
        codes.append(codes[-1] + 0.2 * torch.randn(300, 6, generator=generator))
    planes = atlas.planes(codes, own_plane(codes[-1]))
    for before, after in itertools.pairwise(planes):
        distance = (before - after).norm()
        for angle in np.linspace(0.1, 6.2, 30):
            assert distance <= (turned(before, angle) - after).norm() + 1e-3
            assert distance <= (turned(before, angle, mirrored=True) - after).norm() + 1e-3


def test_with_two_dimensions_the_plane_is_the_latent_plane():
    codes = [torch.randn(50, 2), torch.randn(50, 2)]
    planes = atlas.planes(codes, codes[1])
    assert torch.equal(planes[0], codes[0]) and torch.equal(planes[1], codes[1])


@pytest.mark.parametrize("name", ["mnist-vae-20d", "mnist-vae-2d", "mnist-ae-2d"])
def test_the_committed_snapshots_lead_to_the_map(checkpoints, name):
    from vae import checkpoint

    arrays = checkpoint.read_atlas(checkpoints / name)
    epochs = arrays["snapshot_epochs"].tolist()
    assert (
        epochs[:5] == [0, 1, 2, 5, 10]
        and epochs[-1] == checkpoint.read_card(checkpoints / name).metrics["training"]["epochs"]
    )
    np.testing.assert_array_equal(arrays["snapshot_planes"][-1], arrays["plane"])
    model = checkpoint.load(checkpoints / name)
    with torch.no_grad():
        expected = model.decode(torch.from_numpy(arrays["snapshot_z"])).reshape(-1, 784).numpy()
    # the last snapshot was taken before the weights were rounded to half precision
    assert np.abs(arrays["snapshot_pictures"][-1] / 255 - expected).mean() < 0.01


def test_the_committed_planes_part_the_classes(checkpoints):
    """The nearest neighbour in the plane is of the same class more often than in the principal plane."""
    from vae import checkpoint

    arrays = checkpoint.read_atlas(checkpoints / "mnist-vae-20d")
    mu = torch.from_numpy(arrays["mu"]).float()
    axes = torch.from_numpy(arrays["class_axes"])
    torch.testing.assert_close(axes @ axes.T, torch.eye(2), atol=1e-4, rtol=0)

    def agreement(plane):
        plane = plane[::5]
        distances = torch.cdist(plane, plane).fill_diagonal_(torch.inf)
        labels = torch.from_numpy(arrays["labels"])[::5]
        return (labels[distances.argmin(1)] == labels).float().mean()

    principal, parted = (agreement(mu @ torch.from_numpy(arrays[name]).T) for name in ("axes", "class_axes"))
    assert agreement(torch.from_numpy(arrays["tsne"]).float()) > parted > principal
