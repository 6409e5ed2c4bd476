"""The state of an unfinished run: read from its file, and checked as a whole before anything of it is used.

The file is torch's, which is a ZIP archive; the SHA-256 of all of it stands in the archive's comment.
"""

import hashlib
import math
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from vae.config import TrainConfig
from vae.model import VAEConfig

LOSSES = ("train_nelbo", "train_reconstruction", "train_kl", "test_nelbo", "test_reconstruction", "test_kl")
NUMBERS = ("epoch", *LOSSES, "active_units", "seconds")  # of a record of the history


SEAL = "sha256:"


class StateError(ValueError):
    """The state cannot be resumed from; the message says why and what to do."""


def write(path: Path, state: dict) -> None:
    """Write a state, and its checksum, which `torch.load` passes over."""
    torch.save(state, path)
    content = path.read_bytes()
    seal = (SEAL + hashlib.sha256(content).hexdigest()).encode()
    with path.open("r+b") as file:  # the last two bytes of an archive say how long its comment is, which follows
        file.seek(len(content) - 2)
        file.write(len(seal).to_bytes(2, "little") + seal)


def is_whole(path: Path) -> bool:
    """Whether a file is as `write` left it. Earlier versions left no checksum: the archive's own ones count then."""
    with zipfile.ZipFile(path) as archive:
        seal = archive.comment.decode("latin-1")
        if not seal:
            return archive.testzip() is None
    content = path.read_bytes().removesuffix(seal.encode("latin-1"))[:-2] + bytes(2)
    return seal == SEAL + hashlib.sha256(content).hexdigest()


def read(path: Path, shape: VAEConfig, config: TrainConfig) -> dict:
    """The state in a file, of a run with these options.

    Args:
        path: written by `write` from `Trainer.state_dict`.
        shape, config: what the resumed run is asked to train.
    Raises:
        StateError: there is no such file, it is damaged, or the run was started with other options.
    """
    if not path.exists():
        raise StateError(f"There is no unfinished run in {path}; start it without --resume.")
    try:
        if not is_whole(path):
            raise StateError("is damaged (its checksum is another one); start anew with --restart.")
        state = torch.load(path, map_location="cpu", weights_only=True)
        check_options(state["config"], asdict(config) | {"model": asdict(shape)})
    except StateError as error:
        raise StateError(f"{path} {error}") from None
    except Exception as error:  # which type depends on the bytes that are damaged
        raise StateError(f"{path} is damaged ({type(error).__name__}); start anew with --restart.") from error
    return state


def check_options(started: dict, asked: dict) -> None:
    """Raise StateError where a run was started with other options than those asked for."""
    started, asked = started | started["model"], asked | asked["model"]
    other = [f"{name} {started.get(name)}" for name in asked if name != "model" and asked[name] != started.get(name)]
    if other:
        raise StateError(f"was started with {', '.join(other)}; give the same options, or start anew with --restart.")


def checked(state: dict, like: dict, steps: int, test_images: int) -> dict:
    """The state, in the form of today, once all of it is known to fit.

    Args:
        state: to check. States of earlier versions have a critic without need, and other names in their snapshots.
        like: `Trainer.state_dict()` of the trainer that is to take it.
        steps: optimiser steps in an epoch.
        test_images: number of test images N, each of which has a mean in every snapshot.
    Raises:
        StateError: a part is missing, of another type or shape, not finite, or contradicts another.
    """
    missing = like.keys() - (state.keys() if isinstance(state, dict) else set())
    if missing:
        raise StateError(f"The unfinished run lacks {', '.join(sorted(missing))}; start anew with --restart.")
    try:
        check_options(state["config"], like["config"])
        state = state | {"snapshots": [renamed(snapshot) for snapshot in state["snapshots"]]}
        wrong = next((part for part, fits in parts(state, like, steps, test_images) if not fits), None)
    except StateError as error:
        raise StateError(f"The unfinished run {error}") from None
    except Exception as error:  # a part of another type fails in its own way
        raise StateError(f"The unfinished run is damaged ({error!r}); start anew with --restart.") from error
    if wrong:
        raise StateError(f"The unfinished run is damaged (its {wrong} does not fit); start anew with --restart.")
    return state


def parts(state: dict, like: dict, steps: int, test_images: int) -> Iterator[tuple[str, bool]]:
    """Each part of a state by name, and whether it fits; see `checked`."""
    history, snapshots = state["history"], state["snapshots"]
    epochs = len(history)
    yield "history", [record["epoch"] for record in history] == list(range(1, epochs + 1))
    yield "history", epochs <= like["config"]["epochs"]
    yield "history", all(math.isfinite(record[name]) for record in history for name in NUMBERS)
    latent_dim = like["config"]["model"]["latent_dim"]
    for snapshot in snapshots:
        yield "snapshots", 0 <= snapshot["epoch"] <= epochs
        yield "snapshots", snapshot["mu"].shape == (test_images, latent_dim)
        yield "snapshots", snapshot["z"].shape == (len(snapshot["z"]), latent_dim)
        yield "snapshots", snapshot["images"].shape == (len(snapshot["z"]), 784)
        yield "snapshots", 0 <= snapshot.get("readable", 0) <= 1
    yield "snapshots", bool(snapshots)
    yield "generator", state["generator"].shape == like["generator"].shape
    yield "generator", state["generator"].dtype == torch.uint8
    yield "schedule", state["schedule"].keys() == like["schedule"].keys()
    yield "schedule", state["schedule"]["last_epoch"] == epochs * steps
    for network, optimizer in (("model", "optimizer"), ("critic", "critic_optimizer")):
        if network in like:
            yield network, same_tensors(state[network], like[network])
            (group,), (own,) = state[optimizer]["param_groups"], like[optimizer]["param_groups"]
            yield optimizer, group["params"] == own["params"] and group.keys() == own.keys()
            moments = state[optimizer]["state"]
            for index, weight in enumerate(like[network].values()):
                if moments or network == "model":  # the critic has none before its first step
                    moment = {name: moments[index][name] for name in ("exp_avg", "exp_avg_sq")}
                    yield optimizer, same_tensors(moment, dict.fromkeys(moment, weight))
                    yield optimizer, math.isfinite(moments[index]["step"])


def same_tensors(given: dict[str, Tensor], own: dict[str, Tensor]) -> bool:
    """Whether two dictionaries have the same names and shapes, and all that is given is finite."""
    return given.keys() == own.keys() and all(
        given[name].shape == tensor.shape and given[name].dtype == tensor.dtype and bool(given[name].isfinite().all())
        for name, tensor in own.items()
    )


def renamed(snapshot: dict) -> dict:
    """A snapshot with the names of today: earlier versions called its images "pictures"."""
    return {"images" if name == "pictures" else name: value for name, value in snapshot.items()}
