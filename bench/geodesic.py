"""How long the search for a geodesic takes, and what it gains: python -m bench.geodesic

Pairs of codes of real test digits, of different classes. As on the server, one thread does the work.
"""

import argparse
import statistics
import time

import torch

from tools.browser import ROOT, p95
from vae import VAE, checkpoint, latent

POINTS = 25  # of each path


def measured(model: VAE, z: torch.Tensor) -> tuple[float, float]:
    """Energy of a path [25, D], and its unevenness: the standard deviation of its steps over their mean."""
    with torch.no_grad():
        steps = latent.change(model.decode, z)
    return latent.energy(model.decode, z).item(), (steps.std() / steps.mean()).item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="mnist-vae-20d", help="default: %(default)s")
    parser.add_argument("--pairs", type=int, default=50, help="default: %(default)s")
    args = parser.parse_args()
    torch.set_num_threads(1)
    folder = ROOT / "checkpoints" / args.model
    model, atlas = checkpoint.load(folder), checkpoint.read_atlas(folder)
    codes, labels = torch.from_numpy(atlas["mu"]).float(), torch.from_numpy(atlas["labels"])
    rows = torch.randint(0, len(codes), (4 * args.pairs, 2), generator=torch.Generator().manual_seed(0))
    rows = rows[labels[rows[:, 0]] != labels[rows[:, 1]]][: args.pairs]
    t, seconds, figures = torch.linspace(0, 1, POINTS), [], {"straight": [], "spherical": [], "geodesic": []}
    for a, b in codes[rows]:
        start = time.perf_counter()
        *_, curve = latent.geodesic(model.decode, a, b)
        seconds.append(time.perf_counter() - start)
        for name, z in (("straight", latent.lerp(a, b, t)), ("spherical", latent.slerp(a, b, t)), ("geodesic", curve)):
            figures[name].append(measured(model, z))
    print(
        f"{args.model}, {len(seconds)} pairs: a geodesic takes {statistics.median(seconds):.2f} s (median, p95 ", end=""
    )
    print(f"{p95(seconds):.2f} s), on one thread")
    print(f"{'path':12}{'energy':>10}{'of straight':>14}{'unevenness':>14}{'worst':>10}")
    for name, some in figures.items():
        energy, uneven = (list(column) for column in zip(*some, strict=True))
        share = statistics.mean(e / s for e, (s, _) in zip(energy, figures["straight"], strict=True))
        print(
            f"{name:12}{statistics.mean(energy):10.1f}{share:14.2f}{statistics.mean(uneven):14.2f}{max(uneven):10.2f}"
        )


if __name__ == "__main__":
    main()
