"""The training loop: AdamW, one-cycle learning rate, KL warm-up, a state to resume from after every epoch."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

import torch
from torch import Tensor
from tqdm import tqdm

from vae import evaluation
from vae.losses import objective
from vae.model import VAE

TEST_SEED = 0  # the same noise in every evaluation, so that epochs compare


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained.

    Raises:
        ValueError: a value is out of its range.
    """

    data: Literal["mnist", "fashion"] = "mnist"
    epochs: int = 60
    batch: int = 256  # pictures per step
    lr: float = 2e-3  # the highest of the one-cycle schedule
    weight_decay: float = 0.01
    beta: float = 1.0  # weight of the KL term
    warmup: int = 5  # epochs over which beta rises from 0
    seed: int = 1

    def __post_init__(self):
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("weight_decay", "beta", "warmup", "seed"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a finite number, at least 0, not {getattr(self, name)}")
        if not 0 < self.lr < math.inf:
            raise ValueError(f"lr must be a finite number above 0, not {self.lr}")


class Diverged(RuntimeError):
    """The loss is no longer a number; the message says what to do."""


def fit(
    model: VAE,
    train_x: Tensor,
    test_x: Tensor,
    config: TrainConfig,
    state: dict | None = None,
    save: Callable[[dict], None] | None = None,
    quiet: bool = False,
) -> list[dict]:
    """Train a model in place; given the same seed, device and library versions, the result is the same.

    Args:
        model: on the device to train on.
        train_x, test_x: pictures [N, 784] in [0, 1], on the model's device.
        config: how to train.
        state: what `save` was last given, to go on from there; None to start anew.
        save: called with the whole state after each epoch.
        quiet: one line an epoch instead of a progress bar.
    Returns:
        A record for each epoch: train and test nelbo, reconstruction and kl in nats per image, active units, seconds.
    Raises:
        Diverged: the loss became infinite or not a number; the model then holds no useful weights.
    """
    device = train_x.device
    generator = torch.Generator().manual_seed(config.seed)  # on the CPU, so that devices draw the same noise
    steps = math.ceil(len(train_x) / config.batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.lr, total_steps=config.epochs * steps)
    history = []
    if state is not None:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        generator.set_state(state["generator"])
        history = list(state["history"])

    for epoch in range(len(history) + 1, config.epochs + 1):
        start = time.perf_counter()
        model.train()
        order = torch.randperm(len(train_x), generator=generator).to(device)
        # reconstruction and kl; in single precision, as Apple's devices have no other
        total = torch.zeros(2, device=device)
        bar = tqdm(order.split(config.batch), f"epoch {epoch}/{config.epochs}", disable=quiet, leave=False, unit="step")
        for step, index in enumerate(bar):
            warm = min(1.0, (epoch - 1 + step / steps) / config.warmup) if config.warmup else 1.0
            eps = torch.randn(len(index), model.latent_dim, generator=generator).to(device)
            reconstruction, kl = model(train_x[index], eps)  # [B], [B, D]
            loss = objective(reconstruction, kl, config.beta * warm).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += torch.stack([reconstruction.detach().sum(), kl.detach().sum()])
            if step % 20 == 0 and not quiet:
                bar.set_postfix_str(f"loss {loss.item():.1f} = {reconstruction.mean():.1f} + {kl.sum(1).mean():.1f} kl")
        train_reconstruction, train_kl = (total / len(train_x)).tolist()
        if not math.isfinite(train_reconstruction + train_kl):
            raise Diverged(
                f"The loss is not a number in epoch {epoch}. Nothing of that epoch is kept; "
                "try a lower --lr, or --resume to go on from the epoch before."
            )
        model.eval()
        figures = evaluation.evaluate(model, test_x, torch.Generator().manual_seed(TEST_SEED))
        history.append(
            {
                "epoch": epoch,
                "train_nelbo": train_reconstruction + train_kl,
                "train_reconstruction": train_reconstruction,
                "train_kl": train_kl,
                "test_nelbo": figures.nelbo,
                "test_reconstruction": figures.reconstruction,
                "test_kl": figures.kl,
                "active_units": figures.active_units,
                "seconds": time.perf_counter() - start,
            }
        )
        tqdm.write(report(history[-1], config.epochs))
        if save is not None:
            save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(),
                    "generator": generator.get_state(),
                    "history": history,
                    "config": {**asdict(config), "model": asdict(model.config)},
                }
            )
    model.eval()
    return history


def report(record: dict, epochs: int) -> str:
    """One epoch's record as a line of text."""
    return (
        f"epoch {record['epoch']:3d}/{epochs}   -ELBO train {record['train_nelbo']:6.2f}   "
        f"test {record['test_nelbo']:6.2f} = {record['test_reconstruction']:6.2f} recon + {record['test_kl']:5.2f} KL  "
        f"{record['active_units']} active   {record['seconds']:.1f} s"
    )
