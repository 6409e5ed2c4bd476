"""Writes how many of the 16 images that a model keeps of each moment of its training can be read into its metrics.json.

`train.py` does the same for the model that it trains; this is for those that were trained before it did.

    python -m tools.moments
"""

import argparse
import json
from pathlib import Path

from vae import checkpoint, evaluation, snapshots


def main() -> None:
    """Read and write; a line is printed of each model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), help="folder (default: %(default)s)")
    args = parser.parse_args()
    for card in checkpoint.read_all(args.checkpoints)[0].values():
        if not card.has_atlas:
            continue
        atlas = checkpoint.read_atlas(card.folder)
        counts = snapshots.frames(evaluation.load_judge(card.data), atlas["snapshot_pictures"])
        kept = {moment["epoch"]: moment for moment in card.metrics.get("moments", ())}
        epochs = atlas["snapshot_epochs"].tolist()
        moments = [kept.get(epoch, {}) | {"epoch": epoch, "frame": n} for epoch, n in zip(epochs, counts, strict=True)]
        path = card.folder / "metrics.json"
        path.write_text(json.dumps(card.metrics | {"moments": moments}, indent=2) + "\n", "utf-8")
        print(f"{card.name:24}" + "  ".join(f"{moment['epoch']}: {moment['frame']}" for moment in moments), flush=True)


if __name__ == "__main__":
    main()
