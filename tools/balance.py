"""Writes how the two terms of the loss balance into each VAE's metrics.json: python -m tools.balance --data data

See `vae.evaluation.balance`; means over training images. `train.py` does the same for the model that it trains.
"""

import argparse
import json
from pathlib import Path

from vae import checkpoint, data, evaluation


def main() -> None:
    """Measure and write; a table is printed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data", help="torchvision's data folder (default: %(default)s)")
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), help="folder (default: %(default)s)")
    args = parser.parse_args()
    images = {name: data.load(name, args.data, train=True)[0] for name in data.DATASETS}
    print(f"{'':24}{'push':>8}{'pull':>8}{'shrink':>8}{'grow':>8}   nats per image")
    for card in checkpoint.read_all(args.checkpoints)[0].values():
        if not card.variational:
            continue
        model, beta = checkpoint.load(card.folder), card.metrics["training"]["beta"]
        found = evaluation.published_balance(model, images[card.data], beta)
        path = card.folder / "metrics.json"
        metrics = json.loads(path.read_text("utf-8"))
        metrics["balance"] = found
        path.write_text(json.dumps(metrics, indent=2) + "\n", "utf-8")
        print(
            f"{card.name:24}" + "".join(f"{found[side]:8.2f}" for side in evaluation.SIDES),
            flush=True,
        )


if __name__ == "__main__":
    main()
