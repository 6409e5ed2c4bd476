"""How fast training is: the lecture's pipeline, ours, and the bare matrix products, in turns in one run.

All three do the lecture's model (784-400-20-400-784, ReLU, Adam) in batches of 256 over 60,000 images, without any
test figures. The lecture's pipeline reads each image through torchvision and a DataLoader with one worker, as the
notebook does; ours is `vae.trainer`, without jitter and critic, which the lecture has not; the bare products are
the ones that a step cannot do without, on tensors that are there already: two for each layer's gradients and one for
its output. Adam reads and writes seven numbers for every weight, which no loop can save: the products are timed with
its steps, too.

    python -m bench.training --data data
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from vae import data
from vae.config import TrainConfig
from vae.model import PIXELS, VAE, VAEConfig
from vae.trainer import Trainer

SHAPE = VAEConfig(encoder_hidden=(400,), decoder_hidden=(400,), activation="relu")
BATCH, LR = 256, 1e-3
LECTURE = "the lecture's pipeline"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data", help="torchvision's data folder (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="epochs of each, in turns (default: %(default)s)")
    parser.add_argument("--device", default="cpu", help="where ours and the products run (default: %(default)s)")
    parser.add_argument("--bfloat16", action="store_true", help="also ours and the products in bfloat16")
    args = parser.parse_args()
    device = torch.device(args.device)
    x, _ = data.load("mnist", args.data, train=True)
    x = x.to(device)
    runs: dict[str, Callable[[], float]] = {LECTURE: lecture(args.data)}
    for precision in ("float32", "bfloat16") if args.bfloat16 else ("float32",):
        runs[f"ours, {precision}"] = ours(x, precision)
        runs[f"bare products, {precision}"] = products(len(x), device, getattr(torch, precision))
        runs[f"products and Adam, {precision}"] = products(len(x), device, getattr(torch, precision), adam=True)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(args.rounds):
        for name, epoch in runs.items():
            seconds[name].append(epoch())
    median = {name: statistics.median(times) for name, times in seconds.items()}
    for name, times in seconds.items():
        print(f"{name:27} {median[name]:6.2f} s an epoch, from {min(times):.2f} to {max(times):.2f} of {len(times)}")
    for name in list(runs)[1::3]:
        faster = median[LECTURE] / median[name]
        print(f"{name}: {faster:.1f} times as fast as {LECTURE}")
        for other in ("bare products", "products and Adam"):
            slower = median[name] / median[name.replace("ours", other)]
            print(f"    {slower:.2f} times as long as {other}")


def lecture(folder: str) -> Callable[[], float]:
    """An epoch of the notebook's pipeline: images decoded one by one, in a second process."""
    images = datasets.MNIST(folder, train=True, transform=transforms.ToTensor())
    batches = DataLoader(images, BATCH, shuffle=True, num_workers=1)
    encoder = nn.Sequential(nn.Linear(PIXELS, 400), nn.ReLU(), nn.Linear(400, 40))
    decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, PIXELS), nn.Sigmoid())
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], LR)

    def epoch() -> float:
        start = time.perf_counter()
        for x, _ in batches:
            x = x.view(-1, PIXELS)
            mu, logvar = encoder(x).chunk(2, 1)
            x_hat = decoder(mu + torch.exp(0.5 * logvar) * torch.randn_like(mu))
            divergence = 0.5 * (logvar.exp() - logvar - 1 + mu**2).sum()
            loss = F.binary_cross_entropy(x_hat, x, reduction="sum") + divergence
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return time.perf_counter() - start

    return epoch


def ours(x: Tensor, precision: str) -> Callable[[], float]:
    """An epoch of our loop."""
    model = VAE(SHAPE).to(x.device)
    config = TrainConfig(
        epochs=1,
        batch=BATCH,
        lr=LR,
        schedule="constant",
        weight_decay=0,
        warmup=0,
        jitter=0,
        critic=0,
        precision=precision,
    )

    def epoch() -> float:
        return Trainer(model, x, x[:10], config).epoch(1)["seconds"]

    return epoch


def products(n: int, device: torch.device, precision: torch.dtype, adam: bool = False) -> Callable[[], float]:
    """An epoch of the matrix products alone, or of these and the optimizer's steps."""
    widths = [(PIXELS, 400), (400, 40), (20, 400), (400, PIXELS)]
    layers = [
        tuple(torch.randn(shape, device=device, dtype=precision) for shape in ((BATCH, a), (b, a), (BATCH, b)))
        for a, b in widths
    ]
    parameters = list(VAE(SHAPE).to(device).parameters())
    for weight in parameters:
        weight.grad = torch.zeros_like(weight)
    optimizer = torch.optim.AdamW(parameters, LR, fused=True)

    def epoch() -> float:
        wait(device)
        start = time.perf_counter()
        for _ in range(-(-n // BATCH)):
            for i, (x, weight, gradient) in enumerate(layers):
                x @ weight.T
                gradient.T @ x
                if i:  # the gradient with respect to the images is not needed
                    gradient @ weight
            if adam:
                optimizer.step()
        wait(device)
        return time.perf_counter() - start

    return epoch


def wait(device: torch.device) -> None:
    """Wait for the GPU to finish."""
    if device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
