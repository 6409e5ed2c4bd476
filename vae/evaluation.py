"""Test figures of a model: ELBO and its terms, importance-weighted bound, active dimensions, readable samples.

python -m vae.evaluation mnist-vae-20d
"""

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from tqdm import tqdm

from vae import checkpoint, data, sampler
from vae.losses import elbo, importance_weights
from vae.model import PIXELS, VAE, chain
from vae.sampler import Mixture

# A dimension is active when the variance of its mean over the data exceeds this: Burda et al. 2016, section 4.
ACTIVE_VARIANCE = 0.01
READABLE = 0.9  # of the judge's probability for one class
WHAT = {  # the shares of `readability`, as they are printed
    "real": "of the test images themselves",
    "reconstructions": "of their reconstructions",
    "prior": "of samples from N(0, I)",
    "data": "of samples fitted to the codes",
    "rarest": "the rarest class's share of the fitted ones",
    "rarest_prior": "the rarest class's share of those from N(0, I)",
}
ONE_IMAGE = "No dimension is active: all samples are one image, readable or not."
TEST_SEED = 0  # of the noise in every evaluation during training, so that epochs compare
SIDES = ("push", "pull", "shrink", "grow")  # of the two balances, see `balance`
BALANCED = 4000  # training images behind the published ones
JUDGES = Path(__file__).parent / "judges"


@dataclass(frozen=True)
class Figures:
    """Means over a set of images, in nats per image: nelbo = reconstruction + kl (0 for a plain autoencoder).

    `span` is the 99.9 % quantile of the absolute value of a coordinate of mu; `unusual` that of the reconstruction at
    z = mu, in nats per image.
    """

    nelbo: float
    reconstruction: float
    kl: float
    kl_per_dim: tuple[float, ...]
    active_units: int
    span: float
    unusual: float


@torch.no_grad()
def evaluate(model: VAE, x: Tensor, generator: torch.Generator, samples: int = 1, batch: int = 1000) -> Figures:
    """Test figures of a model, with z sampled from the posterior.

    Args:
        model: on any device.
        x: images [N, 784] in [0, 1], on the model's device.
        generator: source of the noise, on the CPU.
        samples: draws of z per image, averaged.
        batch: images at a time.
    Returns:
        Figures, each a mean over images and draws.
    """
    nelbo = reconstruction = 0.0
    kl, means, costs = torch.zeros(model.latent_dim, dtype=torch.float64), [], []
    for part in x.split(batch):
        mu, _ = model.posterior(part)
        means.append(mu)
        costs.append(model.reconstruction(part, model.logits(mu)))
        for _ in range(samples):
            eps = torch.randn(len(part), model.latent_dim, generator=generator).to(x.device)
            rec_part, kl_part = model(part, eps)
            reconstruction += rec_part.sum().item()
            nelbo -= elbo(rec_part, kl_part).sum().item()
        kl = kl + kl_part.sum(0).cpu().double()
    kl, codes = kl / len(x), torch.cat(means)  # [D], [N, D]
    return Figures(
        nelbo=nelbo / len(x) / samples,
        reconstruction=reconstruction / len(x) / samples,
        kl=kl.sum().item(),
        kl_per_dim=tuple(kl.tolist()),
        active_units=int((codes.var(0) > ACTIVE_VARIANCE).sum()),
        span=float(np.quantile(codes.abs().cpu().numpy(), 0.999)),
        unusual=float(np.quantile(torch.cat(costs).cpu().numpy(), 0.999)),
    )


@torch.no_grad()
def importance_bound(model: VAE, x: Tensor, k: int, generator: torch.Generator, chunk: int = 20_000) -> Tensor:
    """Importance-weighted lower bound of log p(x): log (1/k) sum_i p(x | z_i) p(z_i) / q(z_i | x), z_i ~ q(z | x).

    With k = 1 its mean is the ELBO; it rises with k, towards log p(x).

    Args:
        model: variational; on any device.
        x: images [B, 784], on the model's device.
        k: draws of z per image.
        generator: source of the noise, on the CPU.
        chunk: images decoded at a time, to bound the memory.
    Returns:
        [B], nats per image (for a Gaussian likelihood without its constant, as in `losses.gaussian`).
    Source: Burda et al. 2016, equation 8.
    """
    mu, logvar = model.posterior(x)
    total = torch.full((len(x),), -math.inf, device=x.device)  # log of the sum so far
    for draws in torch.arange(k).split(max(1, chunk // len(x))):
        n = len(draws)
        eps = torch.randn(n, *mu.shape, generator=generator).to(x.device)  # [n, B, D]
        z = model.reparameterize(mu, logvar, eps)
        reconstruction = model.reconstruction(x.repeat(n, 1), model.logits(z.flatten(0, 1))).reshape(n, len(x))
        total = torch.logaddexp(total, importance_weights(reconstruction, logvar, eps, z).logsumexp(0))
    return total - math.log(k)


@torch.no_grad()
def posterior(model: VAE, x: Tensor, batch: int = 1000) -> tuple[Tensor, Tensor]:
    """The posterior of every image, on the CPU: mu [N, D] and logvar [N, D]."""
    parts = [model.posterior(part) for part in x.split(batch)]
    return torch.cat([mu for mu, _ in parts]).cpu(), torch.cat([logvar for _, logvar in parts]).cpu()


Judge = Callable[[Tensor], Tensor]  # images [B, 784] -> logits [B, 10]


def balance(
    model: VAE, x: Tensor, beta: float, generator: torch.Generator, draws: int = 8, batch: int = 500
) -> dict[str, float]:
    """How the two terms of the loss balance over many images, in nats per image.

    Training has converged where, summed over images, the reconstruction's push on the means and the KL's pull on them
    are as strong as each other, and so are what shrinks the posteriors and what makes them grow:
    sum mu (-d rec / d mu) = beta sum mu^2, sum -d rec / d log std = beta sum (std^2 - 1).

    Args:
        model: a variational one.
        x: images [N, 784] in [0, 1].
        beta: that it was trained with.
        generator: of the noise.
        draws: from each posterior.
    Returns:
        push, pull, shrink, grow: both sides of both, means over the images; all positive where they act as named.
    """
    sums = dict.fromkeys(SIDES, 0.0)
    for part in x.split(batch):
        with torch.no_grad():
            mu, logvar = model.posterior(part)
        mu, logstd = mu.requires_grad_(), (logvar / 2).requires_grad_()
        terms = torch.zeros((), device=part.device)
        for _ in range(draws):
            eps = torch.randn(mu.shape, generator=generator).to(mu.device)
            terms = terms + model.reconstruction(part, model.logits(mu + logstd.exp() * eps)).sum() / draws
        by_mu, by_logstd = torch.autograd.grad(terms, (mu, logstd))
        sums["push"] += -(mu * by_mu).sum().item()
        sums["pull"] += beta * mu.square().sum().item()
        sums["shrink"] += by_logstd.sum().item()
        sums["grow"] += beta * (1 - (2 * logstd).exp()).sum().item()
    return {name: value / len(x) for name, value in sums.items()}


def published_balance(model: VAE, x: Tensor, beta: float) -> dict[str, float]:
    """The `balance` over the first training images x [N, 784], as metrics.json tells it: rounded, and how many."""
    x = x[:BALANCED]
    found = balance(model, x, beta, torch.Generator().manual_seed(0))
    return {side: round(value, 4) for side, value in found.items()} | {"images": len(x)}


def load_judge(dataset: str) -> Judge:
    """The classifier that decides what is readable; trained by `python -m tools.judge`.

    Raises:
        CheckpointError: there is none for this dataset.
    """
    path = JUDGES / f"{dataset}.safetensors"
    if not path.exists():
        raise checkpoint.CheckpointError(f"There is no judge of {dataset} in {path}; train it: python -m tools.judge")
    weights = load_file(path)
    widths = (PIXELS, *(weight.shape[0] for name, weight in weights.items() if name.endswith("weight")))
    judge = chain(widths, "relu")
    judge.load_state_dict(weights)
    return judge.eval()


@torch.no_grad()
def readable(judge: Judge, x: Tensor) -> tuple[float, list[float]]:
    """The share of images to which a judge gives one class with a probability of at least 0.9.

    Args:
        judge: trained on real images.
        x: images [B, 1, 28, 28] or [B, 784] in [0, 1].
    Returns:
        The share in [0, 1], and the share of each class [10] among all images, by the most probable class.
    """
    probabilities = judge(x.reshape(-1, PIXELS)).softmax(1)  # [B, 10]
    best, label = probabilities.max(1)
    return (best >= READABLE).float().mean().item(), (label.bincount(minlength=10) / len(x)).tolist()


@torch.no_grad()
def readability(
    model: VAE, judge: Judge, x: Tensor, mixture: Mixture | None, seed: int, n: int = 10_000
) -> dict[str, float]:
    """Shares of readable images, in [0, 1].

    Args:
        model: on the CPU.
        judge: see `load_judge`.
        x: real images [N, 784] in [0, 1].
        mixture: the sampler fitted to the codes; None leaves out data and rarest.
        seed: of the draws.
        n: number of samples.
    Returns:
        real: of the images themselves; reconstructions: decoded from their means; prior: samples from N(0, I);
        data: samples from the mixture; rarest: the share of the rarest class among the latter; rarest_prior: the same
        among the samples from N(0, I).
    """
    z = torch.randn(n, model.latent_dim, generator=torch.Generator().manual_seed(seed))
    prior, classes = readable(judge, model.decode(z))
    shares = {
        "real": readable(judge, x)[0],
        "reconstructions": readable(judge, model.decode(posterior(model, x)[0]))[0],
        "prior": prior,
        "rarest_prior": min(classes),
    }
    if mixture is not None:
        fitted = torch.from_numpy(sampler.draw(mixture, n, np.random.default_rng(seed)))
        shares["data"], classes = readable(judge, model.decode(fitted))
        shares["rarest"] = min(classes)
    return {name: shares[name] for name in WHAT if name in shares}


def main(argv: list[str] | None = None) -> int:
    """Print the figures of a model; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m vae.evaluation", description=__doc__.splitlines()[0])
    parser.add_argument("name", help="a folder of --checkpoints")
    parser.add_argument("--checkpoints", default="checkpoints", help="where models are (default: %(default)s)")
    parser.add_argument("--data", default="data", help="torchvision's data folder (default: %(default)s)")
    parser.add_argument("--samples", type=int, default=10, help="draws of z for the ELBO (default: %(default)s)")
    parser.add_argument("--k", type=int, default=50, help="draws of z for the bound (default: %(default)s; 0: none)")
    parser.add_argument("--images", type=int, default=10_000, help="test images for the bound (default: all)")
    parser.add_argument(
        "--binarize", action="store_true", help="black and white pixels (a model so trained implies it)"
    )
    precision = "of the bound's matrix products; bfloat16 moves it by less than its noise (default: %(default)s)"
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32", help=precision)
    parser.add_argument("--seed", type=int, default=0, help="of all the draws (default: %(default)s)")
    args = parser.parse_args(argv)
    if args.samples < 1 or args.k < 0 or args.images < 1 or args.seed < 0:
        parser.error("--samples and --images are at least 1, --k and --seed at least 0")
    try:
        folder = Path(args.checkpoints) / args.name
        card, model = checkpoint.read_card(folder), checkpoint.load(folder)
        binary = args.binarize or card.metrics["training"].get("binarize", False)
        x, _ = data.load(card.data, args.data, train=False)
        x = data.binarize(x) if binary else x
        judge = load_judge(card.data)
        mixture = checkpoint.read_sampler(folder) if card.has_atlas else None
    except (checkpoint.CheckpointError, data.DataError) as error:
        print(error, file=sys.stderr)
        return 1
    shares = readability(model, judge, x, mixture, args.seed)
    figures = evaluate(model, x, torch.Generator().manual_seed(args.seed), args.samples)
    print(f"{args.name}, {len(x):,} {'binarized ' if binary else ''}test images, nats per image")
    if card.variational:
        print(f"  -ELBO            {figures.nelbo:7.2f}   ({args.samples} draws of z)")
    print(f"  reconstruction   {figures.reconstruction:7.2f}")
    if card.variational:
        print(f"  KL               {figures.kl:7.2f}")
        ranked = sorted(enumerate(figures.kl_per_dim), key=lambda item: -item[1])
        print("  KL by dimension  " + "  ".join(f"z{index} {value:.2f}" for index, value in ranked))
    print(f"  active units     {figures.active_units} of {model.latent_dim}")
    if card.variational and args.k:
        generator, batches = torch.Generator().manual_seed(args.seed), x[: args.images].split(100)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bfloat16"):
            bounds = [importance_bound(model, rows, args.k, generator) for rows in tqdm(batches, "bound", leave=False)]
        bound = torch.cat(bounds)
        deviation = bound.std(unbiased=False).item() / math.sqrt(len(bound))
        print(
            f"  -log p(x) <=     {-bound.mean().item():7.2f}   "
            f"(k = {args.k:,}, {len(bound):,} images, standard error {deviation:.2f})"
        )
    print(f"readable: the judge gives one class at least {READABLE:.0%}")
    for name, share in shares.items():
        print(f"  {share:6.1%}   {WHAT[name]}")
    if card.variational and figures.active_units == 0:
        print(f"  {ONE_IMAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
