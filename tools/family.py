"""Trains every committed model again, one after the other, and writes the table that compares them.

python -m tools.family --data data               all of them; the seconds in the table add up to an hour and a half
python -m tools.family --only mnist-vae-2d       one or a few
python -m tools.family --table                   none: cards, curves and table, from the metrics of those that are there
"""

import argparse
import shlex
import sys
from pathlib import Path

from safetensors import safe_open

import train
from tools.browser import ROOT
from vae import checkpoint, curves
from vae.card import model_card
from vae.evaluation import READABLE
from vae.model import VAEConfig

FAMILY = {
    "mnist-vae-20d": "--epochs 200",
    "mnist-vae-2d": "--epochs 200",
    "mnist-ae-20d": "--epochs 60",
    "mnist-ae-2d": "--epochs 60",
    "mnist-vae-2d-beta0": "--beta 0 --epochs 40",
    "mnist-vae-2d-beta0.1": "--beta 0.1 --epochs 40",
    "mnist-vae-2d-beta0.5": "--beta 0.5 --epochs 40",
    "mnist-vae-2d-beta2": "--beta 2 --epochs 40",
    "mnist-vae-2d-beta4": "--beta 4 --epochs 40",
    "mnist-vae-20d-lecture": (
        "--encoder 400 --decoder 400 --activation relu --epochs 10 --lr 0.001 --schedule constant --weight-decay 0 "
        "--warmup 0 --warp 0 --jitter 0 --critic 0 --precision float32"
    ),
    "fashion-vae-20d": "--epochs 60 --lr 0.001",
}
EVERYWHERE = "--precision bfloat16"  # a third of the time in matrix products, on the CPU that trained them
SHARES = (
    "real",
    "reconstructions",
    "prior",
    "data",
    "rarest",
)  # in the order of the table

PAGE = """\
# The models

`python -m tools.family` trains them all again. The command for one is `python train.py --name NAME` with the options
given; where there are none, the defaults are meant. The seconds are those of training, on {machine}.

{models}

Means over the 10,000 test images, in nats per image, z drawn from the posterior, 10 draws each. A plain autoencoder
has neither a KL term nor an ELBO. **Decoder** is what a browser fetches before the first image (half-precision
weights); the whole folder also holds the encoder and the atlas of the map.

{readable}

**Readable** is an image that a small classifier of real ones (`python -m tools.judge`) gives to one class with a
probability of at least {threshold}. Reconstructions are decoded from the means of the test images; samples from
10,000 random z, of the prior N(0, I) or of the mixture of Gaussians fitted to the codes of the training images, of
which the rarest class has the share in the last column. The codes do not fill the prior: between the classes it has
places that no digit maps to, which is why the two kinds of samples differ.
"""


def main() -> int:
    """Train what is asked for, then write the table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data", help="torchvision's data folder (default: %(default)s)")
    parser.add_argument("--out", default=str(ROOT / "checkpoints"), help="where the models go (default: %(default)s)")
    parser.add_argument(
        "--only", nargs="+", choices=FAMILY, default=list(FAMILY), metavar="NAME", help="train only these"
    )
    parser.add_argument("--table", action="store_true", help="train nothing, write cards, curves and table")
    args = parser.parse_args()
    for name in () if args.table else args.only:
        words = ["--name", name, "--data", args.data, "--out", args.out, "--quiet", *options(name)]
        print(shlex.join(["python", "train.py", *words]), flush=True)
        if status := train.main(words):
            return status
    describe(Path(args.out))
    return 0


def describe(root: Path) -> None:
    """Write cards, curves and table from the metrics of the models."""
    for card in checkpoint.read_all(root)[0].values():
        (card.folder / "README.md").write_text(model_card(card.metrics, VAEConfig(**card.config)), "utf-8")
        (card.folder / "curves.png").write_bytes(curves.draw(card.metrics["history"]))
    (root / "README.md").write_text(page(root), "utf-8")


def options(name: str) -> list[str]:
    """The options of train.py for a model, besides its name; of two values of one option the last counts."""
    return [*EVERYWHERE.split(), *FAMILY[name].split()]


def page(root: Path) -> str:
    """The text of checkpoints/README.md, for the models of the family that exist."""
    found, _ = checkpoint.read_all(root)
    cards = [found[name] for name in FAMILY if name in found]
    figures, shares = [], []
    for card in cards:
        test, readable = card.figures, card.metrics["readable"]
        told = card.metrics["command"].split(card.name, 1)[1].strip()
        bounds = [f"{test['nelbo']:.2f}", f"{test['kl']:.2f}"] if card.variational else ["–", "–"]
        decoder = decoder_bytes(card.folder / "model.safetensors")
        folder = sum(file.stat().st_size for file in card.folder.iterdir())
        figures.append(
            [
                f"[`{card.name}`]({card.name})",
                bounds[0],
                f"{test['reconstruction']:.2f}",
                bounds[1],
                f"{test['active_units']} of {card.latent_dim}",
                f"{card.metrics['seconds']:,.0f} s",
                f"{decoder / 1e6:.2f} MB",
                f"{folder / 1e6:.1f} MB",
                f"`{told}`" if told else "–",
            ]
        )
        only = {"prior": ", one image", "data": ", one image"} if card.one_image else {}
        shares.append([f"`{card.name}`", *(f"{readable[share]:.1%}{only.get(share, '')}" for share in SHARES)])
    header = ["model", "−ELBO", "reconstruction", "KL", "active", "trained in", "decoder", "folder", "options"]
    readers = ["readable", "test images", "reconstructions", "samples, N(0, I)", "samples, fitted", "rarest class"]
    return PAGE.format(
        models=table(header, figures),
        readable=table(readers, shares),
        threshold=READABLE,
        machine=" and ".join(sorted({card.metrics["device"] for card in cards})),
    )


def decoder_bytes(path: Path) -> int:
    """How many bytes of a weights file a browser fetches: all but the encoder's."""
    with safe_open(path, "numpy") as file:
        return sum(file.get_tensor(name).nbytes for name in file.keys() if not name.startswith("encoder."))  # noqa: SIM118


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows))


if __name__ == "__main__":
    sys.exit(main())
