"""Trains the judges: small classifiers of real images that say whether a sample can be read.

python -m tools.judge --data data
"""

import argparse

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from vae import data
from vae.evaluation import JUDGES, readable
from vae.model import PIXELS, chain

HIDDEN, EPOCHS, BATCH, LR = 128, 10, 128, 1e-3


def main() -> None:
    """Train a judge of each dataset and write it to vae/judges/."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data", help="torchvision's data folder (default: %(default)s)")
    args = parser.parse_args()
    JUDGES.mkdir(exist_ok=True)
    for dataset in data.DATASETS:
        x, labels = data.load(dataset, args.data, train=True)
        torch.manual_seed(0)
        judge = chain((PIXELS, HIDDEN, 10), "relu")
        optimizer = torch.optim.Adam(judge.parameters(), lr=LR)
        for _ in range(EPOCHS):
            for index in torch.randperm(len(x)).split(BATCH):
                loss = F.cross_entropy(judge(x[index]), labels[index])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        judge.half().float()  # as it is stored
        test_x, test_labels = data.load(dataset, args.data, train=False)
        with torch.no_grad():
            right = (judge(test_x).argmax(1) == test_labels).float().mean().item()
        share, _ = readable(judge, test_x)
        print(f"{dataset}: {right:.1%} of the test images classified rightly, {share:.1%} readable", flush=True)
        weights = {name: weight.half() for name, weight in judge.state_dict().items()}
        save_file(weights, JUDGES / f"{dataset}.safetensors")


if __name__ == "__main__":
    main()
