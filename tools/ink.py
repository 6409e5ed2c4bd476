"""Trains the network that finds the ink in photographs: python -m tools.ink --data data

It learns from photographs that the project draws itself (vae/images/scenes.py), from MNIST's training digits.
"""

import argparse
import json
import math
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from vae import data
from vae.images import look, network, scenes

DIGITS, BATCH, LR, WEIGHT_DECAY = 12_000, 64, 2e-3, 1e-4
HELD_OUT = 1000  # scenes
CHUNK = 500  # scenes that one process draws at a time


def drawn(count: int, digits: np.ndarray, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Scenes: rgb uint8 [N, 3, 128, 128], ink uint8 [N, 128, 128] and kinds [N]; the same for the same seed."""
    work = partial(_chunk, digits)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        chunks = list(
            tqdm(pool.map(work, [(seed, k) for k in range(math.ceil(count / CHUNK))]), "scenes", disable=None)
        )
    rgb, ink, kind = (torch.from_numpy(np.concatenate(parts)) for parts in zip(*chunks, strict=True))
    return rgb[:count], ink[:count], kind[:count]


def _chunk(digits: np.ndarray, seed: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    own = digits[rng.choice(len(digits), min(len(digits), 500), replace=False)]
    painter = scenes.Painter(own, scenes.distances(own))
    made = [painter.scene(rng) for _ in range(CHUNK)]
    rgb = np.stack([scene.rgb for scene in made]).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(rgb), np.stack([scene.ink for scene in made]), np.array([scene.kind for scene in made])


def varied(x: Tensor, ink: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The same batch mirrored, inverted and with its colours exchanged, at random."""
    draw = torch.rand(4, generator=generator)
    if draw[0] < 0.3:
        x, ink = x.flip(3), ink.flip(2)
    if draw[1] < 0.3:
        x, ink = x.flip(2), ink.flip(1)
    swapped = torch.rand(len(x), generator=generator) < 0.3
    x = torch.where(swapped[:, None, None, None], 1 - x, x)
    return x[:, torch.randperm(3, generator=generator)], ink


def loss(network: network.InkNetwork, x: Tensor, ink: Tensor, kind: Tensor) -> Tensor:
    """Cross entropy of the ink and of the kind, and the Dice loss, in which a small digit counts as a large one."""
    logits, kinds = network(x)
    shares = logits.sigmoid()
    overlap = 2 * (shares * ink).sum((1, 2)) + 1
    dice = 1 - overlap / (shares.sum((1, 2)) + ink.sum((1, 2)) + 1)
    return F.binary_cross_entropy_with_logits(logits, ink) + 0.3 * dice.mean() + 0.2 * F.cross_entropy(kinds, kind)


@torch.no_grad()
def figures(network: network.InkNetwork, rgb: Tensor, ink: Tensor, kind: Tensor) -> dict:
    """How well the network does on scenes that it has not seen."""
    shares, kinds = (
        torch.cat(parts) for parts in zip(*(network(part.float() / 255) for part in rgb.split(BATCH)), strict=True)
    )
    found, true = shares > 0, ink > 127
    both, either = (found & true).sum((1, 2)), (found | true).sum((1, 2))
    some = true.any(2).any(1)
    right = kinds.argmax(1) == kind
    return {
        "overlap": round((both[some] / either[some]).mean().item(), 4),
        **{name: round(right[kind == k].float().mean().item(), 4) for k, name in enumerate(look.KINDS)},
    }


def train(
    model: network.InkNetwork,
    seen: tuple[Tensor, Tensor, Tensor],
    held_out: tuple[Tensor, Tensor, Tensor],
    epochs: int,
    lr: float,
    generator: torch.Generator,
) -> None:
    """Train a network on scenes, telling after each epoch how it does on others."""
    rgb, ink, kind = seen
    optimizer = torch.optim.AdamW(model.parameters(), lr, weight_decay=WEIGHT_DECAY)
    steps = epochs * math.ceil(len(rgb) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps, pct_start=0.1)
    for epoch in range(1, epochs + 1):
        total = 0.0
        batches = torch.randperm(len(rgb), generator=generator).split(BATCH)
        for index in tqdm(batches, f"epoch {epoch}", leave=False, disable=None):
            x, target = varied(rgb[index].float() / 255, ink[index].float() / 255, generator)
            value = loss(model, x.contiguous(memory_format=torch.channels_last), target, kind[index])
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()
            total += value.item() * len(index)
        print(f"epoch {epoch}: loss {total / len(rgb):.4f}, held out {figures(model.eval(), *held_out)}", flush=True)
        model.train()


def main() -> None:
    """Draw the scenes, train the network, and write its weights and figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data", help="torchvision's data folder (default: %(default)s)")
    parser.add_argument("--scenes", type=int, default=30_000, help="to learn from (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=7, help="(default: %(default)s)")
    parser.add_argument("--lr", type=float, default=LR, help="the largest learning rate (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the scenes and of training (default: %(default)s)")
    parser.add_argument("--start", type=Path, metavar="WEIGHTS", help="a trained network to go on from")
    parser.add_argument("--out", type=Path, default=network.WEIGHTS, help="file of the weights (default: %(default)s)")
    args = parser.parse_args()
    start = time.monotonic()
    digits, others = (data.load("mnist", args.data, train)[0].reshape(-1, 28, 28).numpy() for train in (True, False))
    seen = drawn(args.scenes, digits[:DIGITS], args.seed)
    held_out = drawn(HELD_OUT, others[-2000:], args.seed + 1)
    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    model = network.load(args.start) if args.start else network.InkNetwork()
    model = model.train().to(memory_format=torch.channels_last)
    train(model, seen, held_out, args.epochs, args.lr, generator)
    model = model.eval() if args.start else model.eval().fuse()  # a stored network has no normalisations
    model = model.half().float()  # as it is stored
    network.save(model, args.out)
    about = {
        "command": " ".join(["python -m tools.ink", *sys.argv[1:]]),
        "weights": sum(weight.numel() for weight in model.parameters()),
        "held_out": figures(model, *held_out),
        "minutes": round((time.monotonic() - start) / 60, 1),
        "torch": torch.__version__,
    }
    args.out.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n")
    print(about)


if __name__ == "__main__":
    main()
