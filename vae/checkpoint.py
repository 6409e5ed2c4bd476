"""Checkpoint folders: replaced as a whole when written, validated when read; torch is imported only for weights."""

import copy
import hashlib
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from vae.sampler import Mixture

if TYPE_CHECKING:
    from vae.model import VAE

NEEDED = ("config.json", "model.safetensors", "metrics.json")  # a folder with these is a model
NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)  # of a folder: it is shown, and stands in addresses
WIDEST, DEEPEST = 8192, 16  # units of a layer, and layers: what a config asks for is made before it is filled
FILES = (*NEEDED, "atlas.safetensors", "README.md", "curves.png")  # all that `write` puts there


class CheckpointError(ValueError):
    """A checkpoint is missing or damaged; the message names the file and says what to do."""


@dataclass(frozen=True)
class Card:
    """What is known of a model without loading its weights."""

    name: str
    folder: Path
    config: dict
    metrics: dict

    @property
    def latent_dim(self) -> int:
        return self.config["latent_dim"]

    @property
    def variational(self) -> bool:
        """Whether it is a VAE; False for a plain autoencoder, which has no prior and no KL term."""
        return self.config.get("variational", True)

    @property
    def data(self) -> str:
        """What it was trained on: "mnist" or "fashion"."""
        return self.metrics["training"]["data"]

    @property
    def figures(self) -> dict:
        """Test figures, in nats per image: nelbo, reconstruction, kl, kl_per_dim; active_units; the codes' span."""
        return self.metrics["test"]

    @property
    def unusual(self) -> float:
        """99.9 % quantile of the reconstruction over the test images, nats per image; infinite for models of versions
        that did not measure it."""
        return self.figures.get("unusual", math.inf)

    @property
    def has_atlas(self) -> bool:
        """Whether `read_atlas` and `read_sampler` have a file to read: a model without one has no map."""
        return (self.folder / "atlas.safetensors").is_file()

    @property
    def one_image(self) -> bool:
        """Whether all samples are one image: a VAE none of whose dimensions is active decodes every z alike."""
        return self.variational and self.figures["active_units"] == 0

    @property
    def summary(self) -> dict:
        """What pages and programs are told: name, latent_dim, data, variational, test figures, readable, one_image."""
        keys = ("nelbo", "reconstruction", "kl", "kl_per_dim", "active_units", "span")
        own = {"name": self.name, "latent_dim": self.latent_dim, "data": self.data, "variational": self.variational}
        own |= {key: self.figures[key] for key in keys}
        return own | {"readable": self.metrics["readable"], "one_image": self.one_image}


def read_card(folder: str | Path) -> Card:
    """Read and validate the JSON files of a checkpoint folder.

    Raises:
        CheckpointError: a file is missing, is not JSON, or lacks what it must hold.
    """
    folder = Path(folder)
    if not NAME.fullmatch(folder.name):
        raise CheckpointError(f"{folder} is no name for a model: letters, digits, dots and dashes.")
    for file in NEEDED:
        if not (folder / file).is_file():
            raise CheckpointError(f"{folder} has no {file}; is the name right? Models are made by: python train.py")
    config, metrics = read_json(folder / "config.json"), read_json(folder / "metrics.json")
    try:
        figures = metrics["test"]
        numbers = [figures[key] for key in ("nelbo", "reconstruction", "kl", "span")] + figures["kl_per_dim"]
        shares = [metrics["readable"][key] for key in ("real", "reconstructions", "prior", "data", "rarest")]
        widths = [config["latent_dim"], *config["encoder_hidden"], *config["decoder_hidden"]]
        valid = (
            all(is_count(width) and 1 <= width <= WIDEST for width in widths)
            and len(widths) <= DEEPEST
            and is_count(config.get("warp", 0))
            and 0 <= config.get("warp", 0) <= WIDEST
            and len(figures["kl_per_dim"]) == config["latent_dim"] >= 1
            and 0 <= figures["active_units"] <= config["latent_dim"]
            and all(np.isfinite(number) for number in numbers)
            and all(0 <= share <= 1 for share in shares)
            and isinstance(metrics["sha256"], str)
            and config["activation"] in ("relu", "gelu")
            and isinstance(config.get("variational", True), bool)
            and metrics["training"]["data"] in ("mnist", "fashion")
            and np.isfinite(metrics["training"].get("beta", 1))
            and np.isfinite(figures.get("unusual", 0))
        )
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"config.json or metrics.json of {folder} lacks {error}; train it again.") from error
    if not valid:
        raise CheckpointError(
            f"config.json and metrics.json of {folder} contradict each other or themselves; train again."
        )
    return Card(folder.name, folder, config, metrics)


def is_count(value: Any) -> bool:
    """Whether JSON gave a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def read_json(path: Path) -> dict:
    """A JSON object from a file; CheckpointError where there is none."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise CheckpointError(f"{path} is not readable JSON ({error}); train the model again.") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} does not hold a JSON object; train the model again.")
    return content


def read_all(root: str | Path) -> tuple[dict[str, Card], list[str]]:
    """Every checkpoint under a folder, by name, and a sentence for each one that is broken and left out."""
    cards, problems = {}, []
    for folder in sorted(Path(root).glob("[!.]*/")):
        try:
            cards[folder.name] = verified(read_card(folder))
        except CheckpointError as error:
            problems.append(str(error).replace(str(folder), folder.name))  # visitors read it
    return cards, problems


def verified(card: Card) -> Card:
    """The card again, once the weights are known to be those that it speaks of: by hash and shapes, and finite.

    Raises:
        CheckpointError: they are not.
    """
    path = card.folder / "model.safetensors"
    try:
        if sha256(path) != card.metrics["sha256"]:
            raise CheckpointError(
                f"The weights in {card.folder} are not those that its metrics.json describes "
                "(damaged, or not fetched in full); restore them from git, or train the model again."
            )
        with safe_open(path, framework="numpy") as file:
            found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            if found != shapes(card.config):
                raise CheckpointError(f"config.json and the weights in {card.folder} do not fit: train it again.")
            finite = all(np.isfinite(file.get_tensor(name)).all() for name in found)
    except (SafetensorError, OSError, TypeError) as error:
        raise CheckpointError(
            f"config.json and the weights in {card.folder} do not fit ({error}); train it again."
        ) from error
    if not finite:
        raise CheckpointError(f"The weights in {card.folder} are not all finite numbers; train it again.")
    return card


def shapes(config: dict) -> dict[str, tuple[int, ...]]:
    """The arrays that a model of this config has, by name, as `VAE` makes them."""
    latent_dim, warp = config["latent_dim"], config.get("warp", 0)
    codes = latent_dim * (2 if config.get("variational", True) else 1)
    chains = {
        "encoder": (784, *config["encoder_hidden"], codes),
        "decoder": (latent_dim, *config["decoder_hidden"], 784),
    }
    chains |= {"warp": (latent_dim, warp, warp, latent_dim)} if warp else {}
    found: dict[str, tuple[int, ...]] = {}
    for name, widths in chains.items():
        for k, (narrow, wide) in enumerate(pairwise(widths)):
            found |= {f"{name}.{2 * k}.weight": (wide, narrow), f"{name}.{2 * k}.bias": (wide,)}
    return found


def load(folder: str | Path, expected: str | None = None) -> "VAE":
    """The model of a checkpoint folder, on the CPU, ready to use.

    Args:
        folder: see `write`.
        expected: the hash of its weights, where it is known which ones are meant.
    Raises:
        CheckpointError: the folder is missing or broken, or the weights are not those that metrics.json speaks of.
    """
    from vae.model import VAE  # imports torch, which reading the cards does not need

    card = read_card(folder)
    if expected not in (None, card.metrics["sha256"]):
        raise CheckpointError(f"{card.folder} was replaced by another model; start the page anew to see that one.")
    try:
        return VAE.from_pretrained(verified(card).folder)
    except (RuntimeError, ValueError, TypeError, OSError, SafetensorError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"config.json and the weights in {card.folder} do not fit: {error}") from error


def read_atlas(folder: str | Path) -> dict[str, np.ndarray]:
    """The arrays that the map and the sampler need: codes of the test images, snapshots, the fitted mixture.

    Returns:
        mu, logvar [N, D] and plane [N, 2], float16: the posteriors of the test images, and mu on the map;
        labels [N], uint8; center [D] and axes [2, D], float32: a point z is on the map at axes (z - center);
        class_axes [2, D], float32, where D > 2: the plane that separates the classes, with the same center;
        tsne [N, 2], float16: the codes by t-SNE;
        snapshot_epochs [S], int32, and snapshot_planes [S, N, 2], float16: mu at those epochs, in the plane of
            class_axes (of axes where D is 1 or 2);
        snapshot_z [P, D], float32, and snapshot_pictures [S, P, 784], uint8: fixed z, decoded at those epochs (the
            name in the files, which keep it; they are images);
        snapshot_tsne_epochs [T] and snapshot_tsne_rows [M], int32, and snapshot_tsne [T, M, 2], float16, where D > 2:
            the codes of some test images, M rows of N, by t-SNE at a few of those epochs; earlier versions lack them;
        sampler_weights [K], sampler_means [K, D] and sampler_scales [K, D, D], float32: see `sampler.Mixture`.
    Raises:
        CheckpointError: there is no such file, it is damaged or lacks an array, or shapes contradict each other.
    """
    path = Path(folder) / "atlas.safetensors"
    if not path.is_file():
        raise CheckpointError(
            f"{folder} has no atlas.safetensors, which holds the map and the sampler fitted to the codes; "
            "restore it from git, or train the model again."
        )
    try:
        atlas = load_file(path)
        n, d = atlas["mu"].shape
        s, (p, _), (k,) = len(atlas["snapshot_epochs"]), atlas["snapshot_z"].shape, atlas["sampler_weights"].shape
        shapes = {"mu": (n, d), "logvar": (n, d), "plane": (n, 2), "labels": (n,), "center": (d,), "axes": (2, d)}
        shapes |= {"tsne": (n, 2)} | ({"class_axes": (2, d)} if d > 2 else {})
        shapes |= {"snapshot_epochs": (s,), "snapshot_planes": (s, n, 2), "snapshot_z": (p, d)}
        shapes |= {"snapshot_pictures": (s, p, 784), "sampler_means": (k, d), "sampler_scales": (k, d, d)}
        if "snapshot_tsne" in atlas:
            t, m, _ = atlas["snapshot_tsne"].shape
            shapes |= {"snapshot_tsne_epochs": (t,), "snapshot_tsne_rows": (m,), "snapshot_tsne": (t, m, 2)}
        valid = all(atlas[name].shape == shape for name, shape in shapes.items())
        valid = (
            valid
            and all(np.isfinite(array).all() for array in atlas.values())
            and atlas["labels"].max(initial=0) <= 9
            and all(0 <= row < n for row in atlas.get("snapshot_tsne_rows", ()))
        )
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); train the model again.") from error
    if not valid:
        raise CheckpointError(f"The arrays in {path} do not fit together; train the model again.")
    return atlas


def read_sampler(folder: str | Path) -> Mixture:
    """The mixture fitted to the codes of the training images; CheckpointError as for `read_atlas`."""
    atlas = read_atlas(folder)
    return Mixture(atlas["sampler_weights"], atlas["sampler_means"], atlas["sampler_scales"])


def write(
    folder: str | Path, model: "VAE", atlas: dict[str, np.ndarray], metrics: dict, readme: str, curves: bytes
) -> None:
    """Write a checkpoint folder; an existing one is replaced only once all files are written.

    Args:
        folder: checkpoints/<name>; replaced if it exists.
        model: its configuration, and its weights, which are stored in half precision.
        atlas: see `read_atlas`.
        metrics: provenance and results; the weights' SHA-256 is added.
        readme: the model card.
        curves: a PNG file, the training curves.
    """

    def fill(parts: Path) -> None:
        (parts / "README.md").write_text(readme, "utf-8")  # first: save_pretrained writes one where there is none
        copy.deepcopy(model).half().save_pretrained(parts)
        save_file({name: np.ascontiguousarray(array) for name, array in atlas.items()}, parts / "atlas.safetensors")
        full = {**metrics, "sha256": sha256(parts / "model.safetensors")}
        (parts / "metrics.json").write_text(json.dumps(full, indent=2) + "\n", "utf-8")
        (parts / "curves.png").write_bytes(curves)

    replace_folder(Path(folder), fill)


def replace_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fill a hidden folder beside `folder`, then rename it to `folder`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    parts = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    old = parts.with_name(parts.name + ".old")
    try:
        fill(parts)
        parts.chmod(0o755)  # mkdtemp and safetensors make them private; a web server may run as another user
        for part in parts.iterdir():
            part.chmod(0o644)
        if folder.exists():
            folder.rename(old)
        try:
            parts.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(parts, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_atomically(path: Path, fill: Callable[[Path], None]) -> None:
    """Fill a hidden file beside `path`, then rename it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        fill(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def check_writable(folder: Path, room: int = 0) -> None:
    """Raise CheckpointError where a folder cannot be written to or made, or has no room for so many bytes; nothing is
    left behind."""
    try:
        existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"written")
        free = shutil.disk_usage(existing).free
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be written to ({error.strerror}); choose another folder.") from error
    if free < room:
        raise CheckpointError(
            f"{folder} has no room: {free / 1e6:.0f} MB are free, {room / 1e6:.0f} MB are needed; make room, or choose "
            "another folder."
        )


def weight(config: dict) -> int:
    """Bytes of the weights of a model, in single precision."""
    return 4 * sum(math.prod(shape) for shape in shapes(config).values())


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
