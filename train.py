"""Train one model and write checkpoints/<name>/.

The name says what is trained: data (mnist, fashion), family (vae), latent size, then anything that tells it apart:
mnist-vae-20d, mnist-vae-2d, fashion-vae-10d-narrow. Every other option has a default that suits that size.
"""

import argparse
import re
import shlex
import subprocess
import sys
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version

import numpy as np
import torch
import torchvision

from vae import checkpoint, data, evaluation, latent, training
from vae.card import model_card
from vae.model import VAE, VAEConfig

NAME = re.compile(r"(?P<data>mnist|fashion)-vae-(?P<latent_dim>[1-9]\d{0,2})d(-[a-z0-9.]+)*")
FINAL_SAMPLES = 10  # draws of z per test picture behind the published figures


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    args = parse(argv)
    shape, loop = configs(args)
    state_file = Path(args.runs) / f"{args.name}.pt"
    device = torch.device(args.device or pick_device())
    commit = git_commit()  # now: the code may have moved on when the training ends
    try:
        state = read_state(state_file, shape, loop) if args.resume else None
        train_x, _ = data.load(loop.data, args.data, train=True)
        test_x, labels = data.load(loop.data, args.data, train=False)
        torch.manual_seed(loop.seed)  # for the initial weights; the loop has a generator of its own
        model = VAE(shape).to(device)
        history = training.fit(
            model,
            train_x.to(device),
            test_x.to(device),
            loop,
            state=state,
            save=lambda state: checkpoint.write_atomically(state_file, lambda path: torch.save(state, path)),
            quiet=args.quiet,
        )
        model.cpu()
        generator = torch.Generator().manual_seed(training.TEST_SEED)
        figures = evaluation.evaluate(model, test_x, generator, samples=FINAL_SAMPLES)
        test_atlas = atlas(model, test_x, labels)
    except KeyboardInterrupt:
        kept = "The last whole epoch is kept: go on with --resume." if state_file.exists() else "No epoch was finished."
        print(f"\nStopped. {kept}", file=sys.stderr)
        return 130
    except (data.DataError, training.Diverged, checkpoint.CheckpointError) as error:
        print(error, file=sys.stderr)
        return 1
    metrics = {
        "name": args.name,
        "command": command(args),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "git_commit": commit,
        "versions": {"python": python_version(), "torch": torch.__version__, "torchvision": torchvision.__version__},
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "seconds": round(sum(record["seconds"] for record in history), 1),
        "training": asdict(loop),
        "test": {"unit": "nats per image", "images": len(test_x), "samples": FINAL_SAMPLES, **asdict(figures)},
        "history": history,
    }
    folder = Path(args.out) / args.name
    checkpoint.write(folder, model, test_atlas, metrics, model_card(metrics, shape))
    state_file.unlink(missing_ok=True)
    print(
        f"{folder}: test -ELBO {figures.nelbo:.2f} nats = {figures.reconstruction:.2f} reconstruction + "
        f"{figures.kl:.2f} KL, {figures.active_units} of {model.latent_dim} dimensions active"
    )
    return 0


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line; exits with a sentence where it is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    loop, shape = training.TrainConfig(), VAEConfig()
    add = parser.add_argument
    add("--name", default="mnist-vae-20d", help="what to train, and its folder's name (default: %(default)s)")
    add("--data", default="data", help="torchvision's data folder, filled when empty (default: %(default)s)")
    add("--out", default="checkpoints", help="where the checkpoint folder goes (default: %(default)s)")
    add("--runs", default="runs", help="where unfinished runs are kept (default: %(default)s)")
    add("--resume", action="store_true", help="go on after the last whole epoch of an unfinished run")
    add("--quiet", action="store_true", help="one line per epoch, no progress bar")
    add("--device", help="cpu, cuda, mps (default: the fastest that is there)")

    add = parser.add_argument_group("training").add_argument
    add("--epochs", type=int, help=f"passes over the 60,000 training pictures (default: {loop.epochs})")
    add("--batch", type=int, help=f"pictures per step (default: {loop.batch})")
    add("--lr", type=float, help=f"AdamW's highest learning rate, of a one-cycle schedule (default: {loop.lr})")
    add("--weight-decay", type=float, help=f"AdamW's decay, times the learning rate (default: {loop.weight_decay})")
    add("--beta", type=float, help=f"weight of the KL term; with 1 the loss is the -ELBO (default: {loop.beta})")
    add("--warmup", type=int, help=f"epochs over which beta rises from 0 (default: {loop.warmup})")
    add("--seed", type=int, help=f"seed of the weights, the order and the noise (default: {loop.seed})")

    add = parser.add_argument_group("shape").add_argument
    by_size = "units of each hidden layer (default: by latent size)"
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
        configs(args)
        torch.empty(0, device=args.device)
    except (ValueError, RuntimeError, AssertionError) as error:
        parser.error(str(error))
    return args


def configs(args: argparse.Namespace) -> tuple[VAEConfig, training.TrainConfig]:
    """What a command line asks for: the shape of the model, and how to train it.

    Raises:
        ValueError: the name does not say what to train, or a value is out of its range.
    """
    match = NAME.fullmatch(args.name)
    if match is None:
        raise ValueError(f"a name looks like mnist-vae-20d or fashion-vae-2d-narrow, not {args.name!r}")
    shape = VAEConfig(latent_dim=int(match["latent_dim"]))
    if shape.latent_dim <= 3:  # digits are hard to fold into a plane: a deeper, narrower chain does it better
        shape = replace(shape, encoder_hidden=(512, 256, 128), decoder_hidden=(128, 256, 512))
    loop = training.TrainConfig(data=match["data"])
    return replace(shape, **given(args, VAEConfig)), replace(loop, **given(args, training.TrainConfig))


def given(args: argparse.Namespace, config: type) -> dict:
    """Those fields of a config that the command line sets."""
    names = [field.name for field in fields(config) if field.name != "data"]  # args.data is a folder
    return {name: getattr(args, name) for name in names if getattr(args, name, None) is not None}


def command(args: argparse.Namespace) -> str:
    """The command that trains this model again, on any machine."""
    words = ["python", "train.py", "--name", args.name]
    for name, value in (given(args, VAEConfig) | given(args, training.TrainConfig)).items():
        values = value if isinstance(value, list) else [value]
        words += ["--" + name.removesuffix("_hidden").replace("_", "-"), *map(str, values)]
    return shlex.join(words)


def read_state(path: Path, shape: VAEConfig, loop: training.TrainConfig) -> dict:
    """What an unfinished run left behind.

    Raises:
        CheckpointError: there is none, it is damaged, or it was started with other options.
    """
    if not path.exists():
        raise checkpoint.CheckpointError(f"There is no unfinished run in {path}; start it without --resume.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        started = state["config"] | state["config"]["model"]
    except Exception as error:  # torch.load raises whatever the damaged bytes lead it to
        raise checkpoint.CheckpointError(f"{path} is damaged ({error}); start anew without --resume.") from error
    asked = asdict(loop) | asdict(shape)
    other = [f"{name} {started.get(name)}" for name in asked if asked[name] != started.get(name)]
    if other:
        raise checkpoint.CheckpointError(
            f"{path} was started with {', '.join(other)}; give the same options, or start anew without --resume."
        )
    return state


def atlas(model: VAE, x: torch.Tensor, labels: torch.Tensor) -> dict[str, np.ndarray]:
    """What the map needs: the codes of the test pictures and the plane that they are shown in."""
    mu, logvar = evaluation.posterior(model, x)
    center, axes = latent.principal_plane(mu)
    arrays = {"mu": mu.half(), "logvar": logvar.half(), "plane": ((mu - center) @ axes.T).half()}
    arrays |= {"labels": labels.byte(), "center": center, "axes": axes}
    return {name: array.numpy() for name, array in arrays.items()}


def pick_device() -> str:
    """The fastest kind of device that is there."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def git_commit() -> str | None:
    """The commit that the code is at, with "-dirty" where it was changed since; None outside git."""
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
    sys.exit(main())
