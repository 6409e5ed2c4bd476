"""Train one model and write checkpoints/<name>/.

The name says what is trained: data (mnist, fashion), family (vae, or ae for the plain autoencoder), latent size, then
anything that tells it apart: mnist-vae-20d, mnist-ae-2d, fashion-vae-10d-narrow. Every other option has a default that
suits that size. Several processes share the work with: torchrun --nproc-per-node 2 train.py ...
"""

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version
from typing import Literal, cast

if __name__ == "__main__":  # the imports below take seconds, and Ctrl-C among them would end in a traceback
    signal.signal(signal.SIGINT, lambda *_: (os.write(2, b"\nStopped before anything was begun.\n"), os._exit(130)))

import torch
import torchvision
from safetensors import SafetensorError
from torch import distributed
from tqdm import tqdm

from vae import atlas, checkpoint, curves, data, evaluation, resume, snapshots, trainer
from vae.card import model_card
from vae.config import TrainConfig
from vae.model import VAE, VAEConfig

NAME = re.compile(r"(?P<data>mnist|fashion)-(?P<family>vae|ae)-(?P<latent_dim>[1-9]\d{0,2})d(-[a-z0-9.]+)*")
FINAL_SAMPLES = 10  # draws of z per test image behind the published figures
STATES = 8  # times the weights: they, two moments of each, the critic's, and the state before while one is written
KEPT_NOTHING = "No epoch was finished."


class Unavailable(RuntimeError):
    """This machine lacks the device that was asked for."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    args = parse(argv)
    try:
        device = pick_device(args)
        if "RANK" not in os.environ:  # torchrun sets it
            return train(args, device)
        if device.type == "cuda":
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        try:
            return train(args, device)
        finally:
            distributed.destroy_process_group()
    except KeyboardInterrupt:
        kept = state_file(args)
        print(
            f"\nStopped. {f'{kept} is kept: go on with --resume.' if kept.exists() else KEPT_NOTHING}", file=sys.stderr
        )
        return 130
    except (data.DataError, trainer.Diverged, checkpoint.CheckpointError, resume.StateError, Unavailable) as error:
        if int(os.environ.get("RANK", 0)) == 0:
            print(error, file=sys.stderr)
        return 1


def train(args: argparse.Namespace, device: torch.device) -> int:
    """Train what the command line asks for; in several processes, the first one writes it."""
    shape, config = configs(args)
    unfinished, folder = state_file(args), Path(args.out) / args.name
    commit = git_commit()  # now: the code may have moved on when the training ends
    if is_first():
        for parent in (unfinished.parent, folder.parent):
            checkpoint.check_writable(parent, STATES * checkpoint.weight(asdict(shape)))
    state = resume.read(unfinished, shape, config) if args.resume else None
    if unfinished.exists() and not (args.resume or args.restart):
        raise resume.StateError(
            f"There is an unfinished run in {unfinished}: go on with --resume, or give it up with --restart."
        )
    if not is_first():
        distributed.barrier()  # the first process may have to download
    judge = evaluation.load_judge(config.data)
    train_x, _ = data.load(config.data, args.data, train=True)
    test_x, labels = data.load(config.data, args.data, train=False)
    if distributed.is_initialized() and is_first():
        distributed.barrier()
    if config.binarize:
        test_x = data.binarize(test_x)

    torch.manual_seed(config.seed)  # for the initial weights; the trainer has a generator of its own
    model = VAE(shape).to(device)
    training = trainer.Trainer(model, train_x.to(device), test_x.to(device), config, judge)
    if state is not None:
        training.load_state_dict(state)
    training.run(lambda state: save(unfinished, state), args.quiet)
    if not is_first():
        return 0

    tqdm.write("trained; fitting the sampler to the codes and taking the final figures")
    model.cpu().load_state_dict({name: weight.half() for name, weight in model.state_dict().items()})  # as stored
    noise = torch.Generator().manual_seed(evaluation.TEST_SEED)
    figures = evaluation.evaluate(model, test_x, noise, samples=FINAL_SAMPLES)
    seen_x = data.binarize(train_x) if config.binarize else train_x
    arrays, mixture = atlas.build(model, seen_x, test_x, labels, training.snapshots)
    shares = evaluation.readability(model, judge, test_x, mixture, evaluation.TEST_SEED)
    metrics = {
        "name": args.name,
        "command": command(args),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "git_commit": commit,
        "versions": {"python": python_version(), "torch": torch.__version__, "torchvision": torchvision.__version__},
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
        "processes": distributed.get_world_size() if distributed.is_initialized() else 1,
        "seconds": round(sum(record["seconds"] for record in training.history), 1),
        "training": asdict(config),
        "test": {"unit": "nats per image", "images": len(test_x), "samples": FINAL_SAMPLES, **asdict(figures)},
        "readable": shares,
        "history": training.history,
        "moments": snapshots.moments(training.snapshots, judge),
    }
    if training.has_balance:
        metrics["balance"] = evaluation.published_balance(model, seen_x, config.beta)
    try:
        checkpoint.write(folder, model, arrays, metrics, model_card(metrics, shape), curves.draw(training.history))
    except (OSError, SafetensorError) as error:
        raise checkpoint.CheckpointError(
            f"{folder} cannot be written ({error}). The run is kept in {unfinished}: once there is room, "
            "--resume writes the model."
        ) from error
    unfinished.unlink(missing_ok=True)
    print(summary(folder, shape, figures, shares))
    return 0


def summary(folder: Path, shape: VAEConfig, figures: evaluation.Figures, shares: dict[str, float]) -> str:
    """What is printed of a finished model."""
    bound = f"-ELBO {figures.nelbo:.2f} = {figures.kl:.2f} KL + " if shape.variational else ""
    text = (
        f"{folder}: on the test images {bound}{figures.reconstruction:.2f} reconstruction, in nats; "
        f"{figures.active_units} of {shape.latent_dim} dimensions active; readable {shares['prior']:.0%} of samples "
        f"from N(0, I), {shares['data']:.0%} of those fitted to the codes"
    )
    return f"{text}\n{evaluation.ONE_IMAGE}" if shape.variational and not figures.active_units else text


def save(path: Path, state: dict) -> None:
    """Replace the saved state of a run; the previous one stays where this fails."""
    try:
        checkpoint.write_atomically(path, lambda part: resume.write(part, state))
    except (OSError, RuntimeError) as error:  # torch's own writer raises RuntimeError on a full disk
        kept = "The epoch before is kept: once there is room, go on with --resume." if path.exists() else KEPT_NOTHING
        raise checkpoint.CheckpointError(f"{path} cannot be written ({data.reason(error)}). {kept}") from error


def state_file(args: argparse.Namespace) -> Path:
    """Where the state of this run is kept until it is finished."""
    return Path(args.runs) / f"{args.name}.pt"


def is_first() -> bool:
    """Whether this process reports and writes: the only one, or the first of torchrun's."""
    return not distributed.is_initialized() or distributed.get_rank() == 0


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line; exits with a sentence where it is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    config, shape = TrainConfig(), VAEConfig()
    add = parser.add_argument
    add("--name", default="mnist-vae-20d", help="what to train, and its folder's name (default: %(default)s)")
    add("--data", default="data", help="torchvision's data folder, filled when empty (default: %(default)s)")
    add("--out", default="checkpoints", help="where the checkpoint folder goes (default: %(default)s)")
    add("--runs", default="runs", help="where unfinished runs are kept (default: %(default)s)")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--resume", action="store_true", help="go on after the last whole epoch of an unfinished run")
    choice.add_argument("--restart", action="store_true", help="give an unfinished run up for a new one")
    add("--quiet", action="store_true", help="one line per epoch, no progress bar")
    add("--device", help="cpu, cuda, mps (default: the fastest that is there)")

    add = parser.add_argument_group("training").add_argument
    add("--epochs", type=int, help=f"passes over the 60,000 training images (default: {config.epochs})")
    add("--batch", type=int, help=f"images per step (default: {config.batch})")
    add("--lr", type=float, help=f"AdamW's highest learning rate (default: {config.lr})")
    add("--schedule", choices=["one-cycle", "constant"], help=f"of the learning rate (default: {config.schedule})")
    add("--weight-decay", type=float, help=f"AdamW's decay, times the learning rate (default: {config.weight_decay})")
    add("--beta", type=float, help=f"weight of the KL term; with 1 the loss is the -ELBO (default: {config.beta})")
    add(
        "--importance",
        type=int,
        metavar="K",
        help="draws of z per image; above 1 the loss is the bound of Burda et al. 2016 (default: 1)",
    )
    add("--warmup", type=int, help=f"epochs over which beta rises from 0 (default: {config.warmup})")
    add(
        "--critic",
        type=float,
        help=f"weight of the critic of samples (default: {config.critic:g}; for vae of 4-D and more: 6)",
    )
    add(
        "--jitter",
        type=float,
        help=f"strength of the augmentation of images; 0: none (default: {config.jitter:g}; up to 3-D: 0.4)",
    )
    add("--seed", type=int, help=f"seed of the weights, the order and the noise (default: {config.seed})")

    add("--binarize", action="store_true", default=None, help="draw black and white pixels from the grey, at each step")
    precision = "of the matrix products; bfloat16 is about 3 times faster where the processor has it"
    add("--precision", choices=["float32", "bfloat16"], help=f"{precision} (default: {config.precision})")

    add = parser.add_argument_group("shape").add_argument
    by_size = "units of each hidden layer (default: by latent size)"
    add(
        "--warp",
        type=int,
        help=f"units of the layers that bend the latent space; 0: none (default: {shape.warp}; up to 3-D: 0)",
    )
    add("--encoder", dest="encoder_hidden", type=int, nargs="+", metavar="UNITS", help=f"encoder: {by_size}")
    add("--decoder", dest="decoder_hidden", type=int, nargs="+", metavar="UNITS", help=f"decoder: {by_size}")
    add("--activation", choices=["relu", "gelu"], help=f"non-linearity between layers (default: {shape.activation})")
    add(
        "--likelihood",
        choices=["bernoulli", "gaussian"],
        help=f"reconstruction term in nats: for pixels in [0, 1], or real-valued (default: {shape.likelihood})",
    )
    args = parser.parse_args(argv)
    try:
        shape, config = configs(args)
        bayesian = config.critic or config.importance > 1 or args.beta is not None or args.warmup is not None
        if bayesian and not shape.variational:
            raise ValueError("a plain autoencoder has no prior: --beta, --warmup, --importance, --critic are for a vae")
        if args.device is not None and not re.fullmatch(r"cpu|mps|cuda(:\d{1,3})?", args.device):
            raise ValueError(f"--device is cpu, cuda or mps, not {args.device}")
    except ValueError as error:
        parser.error(str(error))
    return args


def configs(args: argparse.Namespace) -> tuple[VAEConfig, TrainConfig]:
    """What a command line asks for: the shape of the model, and how to train it.

    Raises:
        ValueError: the name does not say what to train, or a value is out of its range.
    """
    match = NAME.fullmatch(args.name)
    if match is None:
        raise ValueError(f"a name looks like mnist-vae-20d, mnist-ae-2d or fashion-vae-2d-narrow, not {args.name!r}")
    shape = VAEConfig(latent_dim=int(match["latent_dim"]), variational=match["family"] == "vae")
    config = TrainConfig(data=cast(Literal["mnist", "fashion"], match["data"]))
    if shape.latent_dim <= 3:  # a deeper, narrower network does better with few dimensions
        shape = replace(shape, encoder_hidden=(1024, 512, 256), warp=0, decoder_hidden=(128, 256, 512, 512))
        config = replace(config, jitter=0.4)  # two dimensions cannot encode how far an image was moved
    elif shape.variational:  # in a plane the codes leave few gaps; a plain autoencoder has no prior
        config = replace(config, critic=6.0)
    return replace(shape, **given(args, VAEConfig)), replace(config, **given(args, TrainConfig))


def given(args: argparse.Namespace, kind: type) -> dict:
    """Those fields of a config that the command line sets."""
    names = [field.name for field in fields(kind) if field.name != "data"]  # args.data is a folder
    return {name: getattr(args, name) for name in names if getattr(args, name, None) is not None}


def command(args: argparse.Namespace) -> str:
    """The command that trains this model again, on any machine."""
    words = ["python", "train.py", "--name", args.name]
    for name, value in (given(args, VAEConfig) | given(args, TrainConfig)).items():
        values = value if isinstance(value, list) else [] if value is True else [value]
        words += ["--" + name.removesuffix("_hidden").replace("_", "-"), *map(str, values)]
    return shlex.join(words)


def pick_device(args: argparse.Namespace) -> torch.device:
    """The device that was asked for, or the fastest that there is; torchrun's processes have a GPU each.

    Raises:
        Unavailable: it is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    device = torch.device(args.device or next(kind for kind in there if there[kind]))
    if not there[device.type]:
        raise Unavailable(f"--device {args.device}: this machine, or this build of PyTorch, has no {device.type}.")
    if device.type != "cuda":
        return device
    index = int(os.environ.get("LOCAL_RANK", 0)) if device.index is None else device.index
    if index >= torch.cuda.device_count():
        raise Unavailable(f"There is no GPU of number {index}: {torch.cuda.device_count()} are there, from 0 on.")
    return torch.device("cuda", index)


def git_commit() -> str | None:
    """The current commit, with "-dirty" where files differ from it; None outside git."""
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
