"""Train one model and write checkpoints/<name>/.

The name says what is trained: data (mnist, fashion), family (vae, or ae for the plain autoencoder), latent size, then
anything that tells it apart: mnist-vae-20d, mnist-ae-2d, fashion-vae-10d-narrow. Every other option has a default that
suits that size. Several processes share the work with: torchrun --nproc-per-node 2 train.py ...
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version

import torch
import torchvision
from torch import distributed
from tqdm import tqdm

from vae import atlas, checkpoint, curves, data, evaluation, resume, trainer
from vae.card import model_card
from vae.config import TrainConfig
from vae.model import VAE, VAEConfig

NAME = re.compile(r"(?P<data>mnist|fashion)-(?P<family>vae|ae)-(?P<latent_dim>[1-9]\d{0,2})d(-[a-z0-9.]+)*")
FINAL_SAMPLES = 10  # draws of z per test picture behind the published figures


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    args = parse(argv)
    if "RANK" not in os.environ:  # torchrun sets it
        return run(args)
    device = pick_device(args)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        return run(args)
    finally:
        distributed.destroy_process_group()


def run(args: argparse.Namespace) -> int:
    """Train what the command line asks for; in several processes, the first one writes it."""
    shape, loop = configs(args)
    state_file = Path(args.runs) / f"{args.name}.pt"
    device = pick_device(args)
    commit = git_commit()  # now: the code may have moved on when the training ends
    try:
        state = resume.read(state_file, shape, loop) if args.resume else None
        if state is None and is_first() and state_file.exists():
            print(f"The unfinished run in {state_file} is given up for a new one.", file=sys.stderr)
            state_file.unlink()
        if not is_first():
            distributed.barrier()  # the first process may have to download
        judge = evaluation.load_judge(loop.data)
        train_x, _ = data.load(loop.data, args.data, train=True)
        test_x, labels = data.load(loop.data, args.data, train=False)
        if distributed.is_initialized() and is_first():
            distributed.barrier()
        if loop.binarize:
            test_x = data.binarize(test_x)
        torch.manual_seed(loop.seed)  # for the initial weights; the loop has a generator of its own
        model = VAE(shape).to(device)
        training = trainer.Trainer(model, train_x.to(device), test_x.to(device), loop)
        if state is not None:
            training.load_state_dict(state)
        training.run(
            lambda state: checkpoint.write_atomically(state_file, lambda path: torch.save(state, path)), args.quiet
        )
        if not is_first():
            return 0
        tqdm.write("trained; fitting the sampler to the codes and taking the final figures")
        model.cpu().load_state_dict({name: weight.half() for name, weight in model.state_dict().items()})  # as stored
        generator = torch.Generator().manual_seed(evaluation.TEST_SEED)
        figures = evaluation.evaluate(model, test_x, generator, samples=FINAL_SAMPLES)
        seen_x = data.binarize(train_x) if loop.binarize else train_x
        arrays, mixture = atlas.build(model, seen_x, test_x, labels, training.snapshots)
        shares = evaluation.readability(model, judge, test_x, mixture, evaluation.TEST_SEED)
    except KeyboardInterrupt:
        kept = "The last whole epoch is kept: go on with --resume." if state_file.exists() else "No epoch was finished."
        print(f"\nStopped. {kept}", file=sys.stderr)
        return 130
    except (data.DataError, trainer.Diverged, checkpoint.CheckpointError, resume.StateError) as error:
        if is_first():
            print(error, file=sys.stderr)
        return 1
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
        "training": asdict(loop),
        "test": {"unit": "nats per image", "images": len(test_x), "samples": FINAL_SAMPLES, **asdict(figures)},
        "readable": shares,
        "history": training.history,
    }
    folder = Path(args.out) / args.name
    checkpoint.write(folder, model, arrays, metrics, model_card(metrics, shape), curves.draw(training.history))
    state_file.unlink(missing_ok=True)
    bound = f"-ELBO {figures.nelbo:.2f} = {figures.kl:.2f} KL + " if shape.variational else ""
    print(
        f"{folder}: on the test pictures {bound}{figures.reconstruction:.2f} reconstruction, in nats; "
        f"{figures.active_units} of {model.latent_dim} dimensions active; readable {shares['prior']:.0%} of samples "
        f"from N(0, I), {shares['data']:.0%} of those fitted to the codes"
    )
    return 0


def is_first() -> bool:
    """Whether this is the process that reports and writes: the only one, or the first of torchrun's."""
    return not distributed.is_initialized() or distributed.get_rank() == 0


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line; exits with a sentence where it is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    loop, shape = TrainConfig(), VAEConfig()
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
    add("--lr", type=float, help=f"AdamW's highest learning rate (default: {loop.lr})")
    add("--schedule", choices=["one-cycle", "constant"], help=f"of the learning rate (default: {loop.schedule})")
    add("--weight-decay", type=float, help=f"AdamW's decay, times the learning rate (default: {loop.weight_decay})")
    add("--beta", type=float, help=f"weight of the KL term; with 1 the loss is the -ELBO (default: {loop.beta})")
    add(
        "--importance",
        type=int,
        metavar="K",
        help="draws of z per picture; above 1 the loss is the bound of Burda et al. 2016 (default: 1)",
    )
    add("--warmup", type=int, help=f"epochs over which beta rises from 0 (default: {loop.warmup})")
    add(
        "--critic",
        type=float,
        help=f"weight of the critic of samples (default: {loop.critic:g}; for vae of 4-D and more: 6)",
    )
    add(
        "--jitter",
        type=float,
        help=f"how far pictures are moved at random; 0 leaves them (default: {loop.jitter:g}; up to 3-D: 0.4)",
    )
    add("--seed", type=int, help=f"seed of the weights, the order and the noise (default: {loop.seed})")

    add("--binarize", action="store_true", default=None, help="draw black and white pixels from the grey, at each step")
    precision = "of the matrix products; bfloat16 is about 3 times faster where the processor has it"
    add("--precision", choices=["float32", "bfloat16"], help=f"{precision} (default: {loop.precision})")

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
        shape, loop = configs(args)
        bayesian = loop.critic or loop.importance > 1 or args.beta is not None or args.warmup is not None
        if bayesian and not shape.variational:
            raise ValueError("a plain autoencoder has no prior: --beta, --warmup, --importance, --critic are for a vae")
        if args.device is not None and torch.device(args.device).type not in ("cpu", "cuda", "mps"):
            raise ValueError(f"--device is cpu, cuda or mps, not {args.device}")
        torch.empty(0, device=args.device)
    except (ValueError, RuntimeError, AssertionError) as error:
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
    loop = TrainConfig(data=match["data"])
    if shape.latent_dim <= 3:  # digits are hard to fold into a plane: a deeper, narrower chain does it better
        shape = replace(shape, encoder_hidden=(1024, 512, 256), warp=0, decoder_hidden=(128, 256, 512, 512))
        loop = replace(loop, jitter=0.4)  # there is no room to tell how far a picture was moved
    elif shape.variational:  # a plane leaves few gaps between its codes, a plain autoencoder has no prior
        loop = replace(loop, critic=6.0)
    return replace(shape, **given(args, VAEConfig)), replace(loop, **given(args, TrainConfig))


def given(args: argparse.Namespace, config: type) -> dict:
    """Those fields of a config that the command line sets."""
    names = [field.name for field in fields(config) if field.name != "data"]  # args.data is a folder
    return {name: getattr(args, name) for name in names if getattr(args, name, None) is not None}


def command(args: argparse.Namespace) -> str:
    """The command that trains this model again, on any machine."""
    words = ["python", "train.py", "--name", args.name]
    for name, value in (given(args, VAEConfig) | given(args, TrainConfig)).items():
        values = value if isinstance(value, list) else [] if value is True else [value]
        words += ["--" + name.removesuffix("_hidden").replace("_", "-"), *map(str, values)]
    return shlex.join(words)


def pick_device(args: argparse.Namespace) -> torch.device:
    """The device that was asked for, or the fastest that is there; torchrun's processes have a GPU each."""
    if args.device is None:
        kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    else:
        kind = args.device
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if kind == "cuda" else torch.device(kind)


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
