"""What the browser's networks cost: the kernels beside plain loops, in Node, and PyTorch on one thread.

One image decoded, 126 at once (the strips of 14 dimensions), one encoded, and a geodesic.

    python -m bench.engine
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from tools.browser import ROOT, node, p95
from vae import VAE, checkpoint, latent

MANY = 126
ROWS = {"one": "1 decoded", "many": f"{MANY} decoded", "encode": "1 encoded", "geodesic": "a geodesic"}


def timed(fn: Callable, times: int) -> list[float]:
    """Milliseconds of each call."""
    all_times = []
    for _ in range(times):
        start = time.perf_counter()
        fn()
        all_times.append(1000 * (time.perf_counter() - start))
    return all_times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="mnist-vae-20d", help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=20, help="rounds, in turns (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=10, help="geodesics (default: %(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    folder = ROOT / "checkpoints" / args.model
    model = VAE.from_pretrained(folder)
    codes = torch.from_numpy(checkpoint.read_atlas(folder)["mu"]).float()
    z = codes[:MANY]
    with torch.inference_mode():
        x = model.decode(z[:1]).reshape(1, 784)
    pairs = codes[: 2 * args.pairs].reshape(args.pairs, 2, -1)
    question = {
        "weights": str(folder / "model.safetensors"),
        "activation": model.config.activation,
        "z": z.ravel().tolist(),
        "x": x.ravel().tolist(),
        "pairs": pairs.tolist(),
        "repeats": args.repeats,
    }
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "question.json"
        path.write_text(json.dumps(question))
        script = ROOT / "bench" / "engine.mjs"
        done = subprocess.run([node(), str(script), str(path)], capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    with torch.inference_mode():
        model.decode(z)
        figures["PyTorch, one thread"] = {
            "one": timed(lambda: model.decode(z[:1]), 20 * args.repeats),
            "many": timed(lambda: model.decode(z), args.repeats),
            "encode": timed(lambda: model.encode(x), 10 * args.repeats),
        }
    figures["PyTorch, one thread"]["geodesic"] = [
        timed(lambda a=a, b=b: list(latent.geodesic(model.decode, a, b)), 1)[0] for a, b in pairs
    ]
    print(f"{args.model}: median and p95, ms")
    print(f"{'':16}{''.join(f'{name:>28}' for name in figures)}")
    for row, title in ROWS.items():
        cells = (times[row] for times in figures.values())
        told = (f"{statistics.median(some):.2f}, p95 {p95(some):.2f}" if some else "" for some in cells)
        print(f"{title:16}{''.join(f'{cell:>28}' for cell in told)}")


if __name__ == "__main__":
    main()
