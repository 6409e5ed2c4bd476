"""Checkpoint folders: what is written is read back, and every broken form is refused with a sentence."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from tools import family
from vae import VAE, checkpoint
from vae.checkpoint import CheckpointError
from vae.model import VAEConfig


@pytest.fixture
def written(tmp_path):
    """A small checkpoint on disk, and the model that it was made from."""
    torch.manual_seed(0)
    model = VAE(VAEConfig(latent_dim=2, encoder_hidden=(8,), warp=4, decoder_hidden=(8,))).eval()
    model.half().float()  # weights are stored in half precision
    folder = tmp_path / "mnist-vae-2d-small"
    checkpoint.write(folder, model, atlas(), metrics(), "# A small model\n", b"a picture")
    return folder, model


def atlas(n=6, d=2):
    generator = np.random.default_rng(0)
    half = {name: generator.standard_normal((n, d)).astype(np.float16) for name in ("mu", "logvar", "plane", "tsne")}
    return half | {
        "labels": np.arange(n, dtype=np.uint8),
        "center": np.zeros(d, np.float32),
        "axes": np.eye(2, d, dtype=np.float32),
        "snapshot_epochs": np.array([0, 1, 2], np.int32),
        "snapshot_planes": generator.standard_normal((3, n, 2)).astype(np.float16),
        "snapshot_z": generator.standard_normal((4, d)).astype(np.float32),
        "snapshot_pictures": generator.integers(0, 255, (3, 4, 784)).astype(np.uint8),
        "sampler_weights": np.array([0.7, 0.3], np.float32),
        "sampler_means": generator.standard_normal((2, d)).astype(np.float32),
        "sampler_scales": np.stack([np.eye(d, dtype=np.float32)] * 2),
    }


def metrics():
    test = {"nelbo": 3.0, "reconstruction": 2.0, "kl": 1.0, "kl_per_dim": [0.7, 0.3], "active_units": 2}
    test["span"] = 3.1
    readable = {"real": 0.9, "reconstructions": 0.8, "prior": 0.5, "data": 0.7, "rarest": 0.1}
    return {"name": "mnist-vae-2d-small", "training": {"data": "mnist"}, "test": test, "readable": readable}


def test_what_was_written_is_read_back(written):
    folder, model = written
    loaded = checkpoint.load(folder)
    assert loaded.config == model.config
    x, z = torch.rand(4, 784), torch.randn(4, 2)
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(loaded.encode(x), model.encode(x), strict=True))
        assert torch.equal(loaded.decode(z), model.decode(z))
    for name, array in checkpoint.read_atlas(folder).items():
        np.testing.assert_array_equal(array, atlas()[name])
    card = checkpoint.read_card(folder)
    assert card.latent_dim == 2
    assert card.figures == metrics()["test"]
    assert (folder / "README.md").read_text() == "# A small model\n"


def test_the_folder_holds_what_the_contract_names_and_others_may_read_it(written):
    folder, _ = written
    assert sorted(path.name for path in folder.iterdir()) == sorted(checkpoint.FILES)
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in folder.iterdir())
    assert json.loads((folder / "config.json").read_text())["latent_dim"] == 2


def test_the_hub_reads_it_too(written):
    folder, model = written
    torch.testing.assert_close(VAE.from_pretrained(folder).state_dict(), model.state_dict())


def test_writing_replaces_the_whole_folder_and_leaves_nothing_beside_it(written):
    folder, model = written
    (folder / "stale.txt").write_text("from an older version")
    checkpoint.write(folder, model, atlas(), metrics(), "# New\n", b"a picture")
    assert not (folder / "stale.txt").exists()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_write_that_fails_leaves_the_old_one_in_place(written, monkeypatch):
    folder, model = written

    def full_disk(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full_disk)
    with pytest.raises(OSError, match="No space"):
        checkpoint.write(folder, model, atlas(), metrics(), "# New\n", b"a picture")
    assert (folder / "README.md").read_text() == "# A small model\n"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    checkpoint.load(folder)


@pytest.mark.parametrize("file", checkpoint.NEEDED)
def test_a_missing_file_is_named(written, file):
    folder, _ = written
    (folder / file).unlink()
    with pytest.raises(CheckpointError, match=rf"has no {file}.*python train\.py"):
        checkpoint.load(folder)


@pytest.fixture
def copied(checkpoints, tmp_path):
    """A committed model, to take files from."""
    return Path(shutil.copytree(checkpoints / "mnist-vae-20d-lecture", tmp_path / "mnist-vae-20d-lecture"))


@pytest.mark.parametrize("without", [["README.md"], ["curves.png"], ["README.md", "curves.png", "atlas.safetensors"]])
def test_a_folder_without_card_curves_or_atlas_is_still_a_model(copied, checkpoints, without):
    for file in without:
        (copied / file).unlink()
    cards, problems = checkpoint.read_all(copied.parent)
    assert list(cards) == [copied.name] and not problems
    whole = checkpoint.read_card(checkpoints / copied.name)
    assert cards[copied.name].summary == whole.summary
    assert cards[copied.name].has_atlas == ("atlas.safetensors" not in without)
    assert checkpoint.load(copied).latent_dim == 20


@pytest.mark.parametrize("read", [checkpoint.read_atlas, checkpoint.read_sampler])
def test_a_missing_atlas_is_said_in_a_sentence(copied, read):
    (copied / "atlas.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"has no atlas\.safetensors, which holds the map.*train the model again"):
        read(copied)


def test_only_a_vae_without_an_active_dimension_has_one_image(written):
    folder, _ = written
    assert checkpoint.read_card(folder).summary["one_image"] is False
    change_json(folder / "metrics.json", test=metrics()["test"] | {"active_units": 0})
    assert checkpoint.read_card(folder).summary["one_image"] is True
    change_json(folder / "config.json", variational=False)
    assert checkpoint.read_card(folder).summary["one_image"] is False


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CheckpointError, match="nowhere"):
        checkpoint.load(tmp_path / "nowhere")


@pytest.mark.parametrize("file", ["config.json", "metrics.json"])
@pytest.mark.parametrize("content", ["", "{", "[1, 2]", "\xff", "{}", '{"latent_dim": "two", "test": 3}'])
def test_json_that_says_nothing_useful(written, file, content):
    folder, _ = written
    (folder / file).write_text(content, "latin-1")
    with pytest.raises(CheckpointError, match=r"train"):
        checkpoint.load(folder)


def test_config_and_metrics_that_contradict_each_other(written):
    folder, _ = written
    change_json(folder / "config.json", latent_dim=3)
    with pytest.raises(CheckpointError, match="contradict"):
        checkpoint.read_card(folder)


def test_shares_that_are_none(written):
    folder, _ = written
    change_json(folder / "metrics.json", readable=metrics()["readable"] | {"prior": 75.0})
    with pytest.raises(CheckpointError, match="contradict"):
        checkpoint.read_card(folder)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_figures_that_are_no_numbers(written, number):
    folder, _ = written
    change_json(folder / "metrics.json", test=metrics()["test"] | {"nelbo": number})
    with pytest.raises(CheckpointError, match="contradict"):
        checkpoint.read_card(folder)


def test_weights_cut_short_or_changed(written):
    folder, _ = written
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        weights.write_bytes(damaged)
        with pytest.raises(CheckpointError, match=r"not those that its metrics\.json describes"):
            checkpoint.load(folder)


@pytest.mark.parametrize("damage", ["missing", "extra", "shape", "no weights at all"])
def test_weights_that_do_not_fit_their_config(written, damage):
    """Even with a matching checksum: a missing tensor must never leave random weights behind."""
    folder, _ = written
    tensors = load_file(folder / "model.safetensors")
    if damage == "missing":
        del tensors["decoder.2.bias"]
    elif damage == "extra":
        tensors["decoder.9.bias"] = np.zeros(3, np.float32)
    elif damage == "shape":
        tensors["decoder.0.weight"] = np.zeros((8, 5), np.float32)
    save_file(tensors, folder / "model.safetensors")
    if damage == "no weights at all":
        (folder / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0not safetensors!")
    change_json(folder / "metrics.json", sha256=checkpoint.sha256(folder / "model.safetensors"))
    with pytest.raises(CheckpointError, match="do not fit"):
        checkpoint.load(folder)


@pytest.mark.parametrize("load", [checkpoint.read_card, checkpoint.load])
def test_a_config_with_impossible_values(written, load):
    folder, _ = written
    change_json(folder / "config.json", activation="tanh")
    with pytest.raises(CheckpointError, match="contradict"):
        load(folder)
    config = json.loads((folder / "config.json").read_text())
    del config["activation"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="lacks 'activation'"):
        load(folder)


def test_a_model_of_unknown_data(written):
    folder, _ = written
    change_json(folder / "metrics.json", training={"data": "cifar"})
    with pytest.raises(CheckpointError, match="contradict"):
        checkpoint.read_card(folder)


def test_a_config_that_fits_its_metrics_and_not_its_model(written):
    folder, _ = written
    change_json(folder / "config.json", decoder_hidden=[9])
    with pytest.raises(CheckpointError, match="do not fit"):
        checkpoint.load(folder)


@pytest.mark.parametrize("name", sorted(atlas()))
def test_an_atlas_that_lacks_an_array_or_has_one_of_another_shape(written, name):
    folder, _ = written
    whole = atlas()
    save_file({key: array for key, array in whole.items() if key != name}, folder / "atlas.safetensors")
    with pytest.raises(CheckpointError, match="atlas"):
        checkpoint.read_atlas(folder)
    save_file(whole | {name: np.zeros((9, 9, 9, 9), whole[name].dtype)}, folder / "atlas.safetensors")
    with pytest.raises(CheckpointError, match="atlas"):
        checkpoint.read_atlas(folder)


def test_an_atlas_that_is_no_file_of_tensors(written):
    folder, _ = written
    (folder / "atlas.safetensors").write_bytes(b"nonsense")
    with pytest.raises(CheckpointError, match="atlas"):
        checkpoint.read_atlas(folder)


def rewrite(folder, **arrays):
    """Other weights, of which metrics.json knows."""
    path = folder / "model.safetensors"
    save_file(load_file(path) | arrays, path)
    change_json(folder / "metrics.json", sha256=checkpoint.sha256(path))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers(written, number):
    folder, _ = written
    rewrite(folder, **{"decoder.0.bias": np.full(8, number, np.float16)})
    with pytest.raises(CheckpointError, match="not all finite"):
        checkpoint.load(folder)
    assert checkpoint.read_all(folder.parent)[0] == {}


def test_a_header_of_huge_shapes_is_refused_before_anything_is_made(written):
    folder, _ = written
    header = json.dumps({"encoder.0.weight": {"dtype": "F16", "shape": [2**40, 784], "data_offsets": [0, 8]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    change_json(folder / "metrics.json", sha256=checkpoint.sha256(folder / "model.safetensors"))
    with pytest.raises(CheckpointError, match="do not fit"):
        checkpoint.load(folder)


def test_a_pickle_is_not_opened(written, tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "trapped",)

    folder, _ = written
    torch.save({"encoder.0.weight": Trap()}, folder / "model.safetensors")
    change_json(folder / "metrics.json", sha256=checkpoint.sha256(folder / "model.safetensors"))
    with pytest.raises(CheckpointError, match="do not fit"):
        checkpoint.load(folder)
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "a b", "mnist\nvae"])
def test_a_name_that_is_none_is_left_out(written, name):
    folder, _ = written
    folder.rename(folder.with_name(name))
    cards, (problem,) = checkpoint.read_all(folder.parent)
    assert cards == {} and "no name for a model" in problem


@pytest.mark.parametrize("wide", [10**9, [10**9], True, "64"])
def test_layers_wider_than_any_are_not_made(written, wide):
    folder, _ = written
    change_json(folder / "config.json", encoder_hidden=[wide])
    with pytest.raises(CheckpointError, match="contradict"):
        checkpoint.load(folder)


def test_a_broken_checkpoint_does_not_hide_the_others(written):
    folder, model = written
    checkpoint.write(folder.parent / "mnist-vae-2d-broken", model, atlas(), metrics(), "", b"a picture")
    (folder.parent / "mnist-vae-2d-broken" / "config.json").unlink()
    (folder.parent / ".half-written").mkdir()
    (folder.parent / "README.md").write_text("not a model")
    cards, problems = checkpoint.read_all(folder.parent)
    assert list(cards) == ["mnist-vae-2d-small"]
    assert len(problems) == 1 and "mnist-vae-2d-broken" in problems[0]


def test_the_committed_models_are_whole_and_small_enough_for_the_hub(checkpoints):
    cards, problems = checkpoint.read_all(checkpoints)
    assert not problems
    assert {"mnist-vae-20d", "mnist-vae-2d"} <= set(cards)
    for card in cards.values():
        model = checkpoint.load(card.folder)
        atlas = checkpoint.read_atlas(card.folder)
        assert atlas["mu"].shape == (10_000, model.latent_dim)
        size = sum((card.folder / file).stat().st_size for file in ("model.safetensors", "atlas.safetensors"))
        assert size < 10e6
        assert family.decoder_bytes(card.folder / "model.safetensors") <= 3e6


def change_json(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
