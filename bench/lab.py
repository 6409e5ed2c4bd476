"""What the lab's training loses to what is shown of it: ten pictures and one held-out loss a second, in Node.

Processor time, 784-400-2, batch 128; with a second model beside it, each picture renews the images of one of both.

    python -m bench.lab
"""

import argparse
import json
import subprocess

from tools.browser import ROOT, node

PICTURES = 10  # a second


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=200, help="steps and pictures (default: %(default)s)")
    args = parser.parse_args()
    script = [node(), str(ROOT / "bench" / "lab.mjs"), str(args.repeats)]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    print(f"{'':16}{'step':>9}{'picture':>9}{'held out':>10}{'images/s alone':>16}{'shown':>8}{'lost':>7}")
    for figures in json.loads(done.stdout):
        step, picture, held_out = (figures[name] for name in ("step", "picture", "heldOut"))
        lost = (PICTURES * picture + held_out) / 1000
        print(
            f"{figures['kinds']:16}{step:6.1f} ms{picture:6.1f} ms{held_out:7.1f} ms"
            f"{128_000 / step:16,.0f}{128_000 / step * (1 - lost):8,.0f}{lost:7.0%}"
        )


if __name__ == "__main__":
    main()
