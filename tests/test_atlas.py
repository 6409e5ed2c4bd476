"""What the map is drawn from: its planes, and how the codes came to lie in them."""

import numpy as np
import pytest
import torch

from vae import atlas, latent
from vae.model import VAE, VAEConfig
from vae.snapshots import snapshot


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_all_moments_of_training_lie_in_one_plane(latent_dim):
    """Its axes do not turn from one moment to the next, and the last moment is the model as it is."""
    torch.manual_seed(0)
    model = VAE(VAEConfig(latent_dim=latent_dim, encoder_hidden=(16,), decoder_hidden=(16,), warp=0)).eval()
    x, labels = torch.rand(60, 784), torch.arange(60) % 6
    snapshots = [snapshot(model, x, 0)]
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.05 * torch.randn_like(weight)
    snapshots.append(snapshot(model, x, 1))
    arrays, _ = atlas.build(model, x, x, labels, snapshots)
    axes = arrays.get("class_axes", arrays["axes"])
    for kept, plane in zip(snapshots, arrays["snapshot_planes"], strict=True):
        np.testing.assert_allclose(plane, (kept["mu"].numpy() - arrays["center"]) @ axes.T, atol=5e-3)
    assert np.abs(arrays["snapshot_planes"][0] - arrays["snapshot_planes"][1]).max() > 0.05
    if latent_dim > 2:  # epoch 1 is none of those that are shown by t-SNE
        np.testing.assert_array_equal(arrays["snapshot_tsne_epochs"], [0])
        expected = latent.tsne(snapshots[0]["mu"].float())
        np.testing.assert_allclose(arrays["snapshot_tsne"][0], expected[arrays["snapshot_tsne_rows"]], atol=1e-3)
    else:
        assert "snapshot_tsne" not in arrays


@pytest.mark.parametrize("name", ["mnist-vae-20d", "mnist-vae-2d", "mnist-ae-20d", "fashion-vae-20d"])
def test_the_committed_snapshots_lead_to_the_map(checkpoints, name):
    from vae import checkpoint

    arrays = checkpoint.read_atlas(checkpoints / name)
    epochs = arrays["snapshot_epochs"].tolist()
    assert {0, 1, 2, 5, 10} <= set(epochs) and epochs[-1] == checkpoint.read_card(checkpoints / name).metrics[
        "training"
    ]["epochs"]
    expected = (arrays["mu"] - arrays["center"]) @ arrays.get("class_axes", arrays["axes"]).T
    np.testing.assert_allclose(arrays["snapshot_planes"][-1], expected, atol=0.02)
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
