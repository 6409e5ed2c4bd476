"""The training loop: AdamW, KL warm-up, snapshots on the way, a state to resume from after every epoch.

In several processes (torchrun) each takes its share of every batch and the gradients are added up: the same steps as in
one process.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

import torch
from torch import Tensor, distributed
from tqdm import tqdm

from vae import evaluation
from vae.critic import LR as CRITIC_LR
from vae.critic import Critic
from vae.data import CONTRAST, jitter
from vae.losses import importance_weighted_elbo, importance_weights, objective
from vae.model import VAE

TEST_SEED = 0  # the same noise in every evaluation, so that epochs compare
SNAPSHOT_EPOCHS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # and the last
ABSURD = 1e5  # nats per image; a decoder that knows nothing needs 784 log 2 = 543
JITTER_UNTIL = 0.9  # of the epochs; the last ones are for the pictures as they are
# Of the epochs: the critic has no say before the first of these, and all of it from the second on.
CRITIC_RAMP = 0.25, 0.35
SNAPSHOT_PICTURES = 16  # decoded from the same z at each of them
# What is saved after an epoch, to go on from there.
STATE = {"model", "optimizer", "critic", "critic_optimizer", "schedule", "generator", "history", "snapshots", "config"}


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained.

    Raises:
        ValueError: a value is out of its range.
    """

    data: Literal["mnist", "fashion"] = "mnist"
    jitter: float = 1.0  # how far pictures are turned, scaled, slanted and shifted, in all but the last epochs
    binarize: bool = False  # pixels drawn anew from Bernoulli(grey) at every step: Burda et al. 2016
    epochs: int = 150
    batch: int = 256  # pictures per step, over all processes
    lr: float = 2e-3  # the highest, or with a constant schedule the only one
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    weight_decay: float = 0.05
    beta: float = 1.0  # weight of the KL term
    importance: int = 1  # draws of z per picture; above 1 the loss is the bound of Burda et al. 2016
    warmup: int = 5  # epochs over which beta rises from 0
    critic: float = 0.0  # weight of the critic of samples from the prior; 0: none
    seed: int = 1
    precision: Literal["float32", "bfloat16"] = "float32"  # of the matrix products; the weights are float32

    def __post_init__(self):
        for name in ("epochs", "batch", "importance"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("jitter", "weight_decay", "beta", "warmup", "critic", "seed"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a finite number, at least 0, not {getattr(self, name)}")
        if not 0 < self.lr < math.inf:
            raise ValueError(f"lr must be a finite number above 0, not {self.lr}")
        if self.seed >= 2**63:
            raise ValueError(f"seed is below 2^63, not {self.seed}")
        if self.schedule not in ("one-cycle", "constant"):
            raise ValueError(f"schedule is 'one-cycle' or 'constant', not {self.schedule!r}")
        if self.precision not in ("float32", "bfloat16"):
            raise ValueError(f"precision is 'float32' or 'bfloat16', not {self.precision!r}")


class Diverged(RuntimeError):
    """The loss is no longer one that a picture can cost; the message says what to do."""


def fit(
    model: VAE,
    train_x: Tensor,
    test_x: Tensor,
    config: TrainConfig,
    state: dict | None = None,
    save: Callable[[dict], None] | None = None,
    quiet: bool = False,
) -> tuple[list[dict], list[dict]]:
    """Train a model in place; given the same seed, device and library versions, the result is the same.

    Args:
        model: on the device to train on.
        train_x, test_x: pictures [N, 784] in [0, 1], on the model's device; test_x binary when binarize is set.
        config: how to train.
        state: what `save` was last given, to go on from there; None to start anew.
        save: called with the whole state after each epoch; in several processes, in the first of them.
        quiet: one line an epoch instead of a progress bar.
    Returns:
        history: a record for each epoch: train and test nelbo, reconstruction and kl in nats per image (of the ELBO,
            whatever bound is minimised), active units, seconds.
        snapshots: see `snapshot`, for the epochs 0 (untrained), 1, 2, 5, 10, ... and the last.
    Raises:
        Diverged: the loss became absurd, infinite or not a number; the model then holds no useful weights.
    """
    device = train_x.device
    rank, world = (distributed.get_rank(), distributed.get_world_size()) if distributed.is_initialized() else (0, 1)
    generator = torch.Generator().manual_seed(config.seed)  # on the CPU, so that devices draw the same noise
    steps = math.ceil(len(train_x) / config.batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        critic = Critic().to(device)
    critic_optimizer = torch.optim.AdamW(critic.parameters(), lr=CRITIC_LR, betas=(0.5, 0.99), fused=True)
    schedule = learning_rate(optimizer, config, config.epochs * steps)
    history, snapshots = [], []
    if state is not None:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        critic.load_state_dict(state["critic"])
        critic_optimizer.load_state_dict(state["critic_optimizer"])
        schedule.load_state_dict(state["schedule"])
        generator.set_state(state["generator"])
        history, snapshots = list(state["history"]), list(state["snapshots"])
    else:
        snapshots.append(snapshot(model, test_x, 0))

    for epoch in range(len(history) + 1, config.epochs + 1):
        start = time.perf_counter()
        model.train()
        order = torch.randperm(len(train_x), generator=generator)
        # reconstruction and kl; in single precision, as Apple's devices have no other
        total = torch.zeros(2, device=device)
        silent = quiet or rank > 0
        batches = order.split(config.batch)
        bar = tqdm(batches, f"epoch {epoch}/{config.epochs}", disable=silent, leave=False, unit="step")
        for step, index in enumerate(bar):
            done = epoch - 1 + step / steps  # epochs
            beta = config.beta * ramp(done, 0, config.warmup)
            critic_weight = config.critic * ramp(done / config.epochs, *CRITIC_RAMP)
            n, share = len(index), slice(rank, None, world)
            # Every process draws the whole batch's noise and takes its share: however many there are, it is the same.
            eps = torch.randn(config.importance, n, model.latent_dim, generator=generator)[:, share].to(device)
            x = train_x.index_select(0, index.to(device))  # [B, 784]
            if config.jitter and epoch <= JITTER_UNTIL * config.epochs:
                x = jitter(x, config.jitter, CONTRAST[config.data], generator)
            if config.binarize:
                x = (torch.rand(x.shape, generator=generator).to(device) < x).float()
            x = x[share]  # [B / world, 784]
            with torch.autocast(device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
                mu, logvar = model.encode(x)
                z = model.reparameterize(mu, logvar, eps)  # [k, B / world, D]
                draws = [z.flatten(0, 1)]
                if critic_weight:
                    draws.append(torch.randn(n, model.latent_dim, generator=generator)[share].to(device))
                logits, *prior_logits = model.logits(torch.cat(draws)).split([len(part) for part in draws])
                reconstruction = model.reconstruction(x.repeat(len(z), 1), logits).reshape(len(z), len(x))
                kl = model.kl(mu, logvar)
                if config.importance == 1:
                    loss = objective(reconstruction[0], kl, beta).sum() / n
                else:
                    loss = -importance_weighted_elbo(importance_weights(reconstruction, logvar, eps, z, beta)).sum() / n
                if critic_weight:
                    posterior, prior = torch.sigmoid(logits[: len(x)].detach()), torch.sigmoid(prior_logits[0])
                    descend(critic_optimizer, critic.own_loss(posterior, prior.detach()).sum() / n, world)
                    loss = loss + critic_weight * critic.loss(prior).sum() / n
            descend(optimizer, loss, world)
            schedule.step()
            total += torch.stack([reconstruction.detach().mean(0).sum(), kl.detach().sum()])
            if step % 20 == 0 and not silent:
                bar.set_postfix_str(f"loss {loss.item():.1f} = {reconstruction.mean():.1f} + {kl.sum(1).mean():.1f} kl")
        if world > 1:
            distributed.all_reduce(total)
        train_reconstruction, train_kl = (total / len(train_x)).tolist()
        stop_if_diverged(train_reconstruction + train_kl, epoch)
        model.eval()
        figures = evaluation.evaluate(model, test_x, torch.Generator().manual_seed(TEST_SEED))
        stop_if_diverged(figures.nelbo, epoch)  # the epoch's very last step may have been the one too far
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
        if epoch in SNAPSHOT_EPOCHS or epoch == config.epochs:
            snapshots.append(snapshot(model, test_x, epoch))
        if rank > 0:
            continue
        tqdm.write(report(history[-1], config.epochs))
        if save is not None:
            save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "critic": critic.state_dict(),
                    "critic_optimizer": critic_optimizer.state_dict(),
                    "schedule": schedule.state_dict(),
                    "generator": generator.get_state(),
                    "history": history,
                    "snapshots": snapshots,
                    "config": {**asdict(config), "model": asdict(model.config)},
                }
            )
    model.eval()
    return history, snapshots


def descend(optimizer: torch.optim.Optimizer, loss: Tensor, world: int) -> None:
    """One step down; in several processes down the sum of their losses."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if world > 1:
        for group in optimizer.param_groups:
            for weight in group["params"]:
                distributed.all_reduce(weight.grad)
    optimizer.step()


def ramp(at: float, start: float, full: float) -> float:
    """Rises from 0, until `start`, to 1, from `full` on."""
    return 1.0 if at >= full else max(0.0, (at - start) / (full - start))


def learning_rate(
    optimizer: torch.optim.Optimizer, config: TrainConfig, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The schedule of the learning rate over all the steps of a run."""
    if config.schedule == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1)
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, config.lr, total_steps=steps)


@torch.no_grad()
def snapshot(model: VAE, x: Tensor, epoch: int) -> dict:
    """What the model makes, at one moment of its training, of the test pictures and of 16 fixed draws from N(0, I).

    Returns:
        {epoch, mu [N, D] float16: the codes, z [16, D]: the draws, pictures [16, 784] uint8: decoded from them}.
    """
    z = torch.randn(SNAPSHOT_PICTURES, model.latent_dim, generator=torch.Generator().manual_seed(TEST_SEED))
    mu, _ = evaluation.posterior(model, x)
    pictures = (255 * model.decode(z.to(x.device))).round().byte().reshape(SNAPSHOT_PICTURES, -1).cpu()
    return {"epoch": epoch, "mu": mu.half(), "z": z, "pictures": pictures}


def stop_if_diverged(loss: float, epoch: int) -> None:
    """Raises Diverged where a loss is no number, or one that no picture can cost."""
    if not abs(loss) < ABSURD:
        raise Diverged(
            f"The loss is {loss:.3g} in epoch {epoch}: training has diverged. Nothing of that epoch is kept; "
            "start anew with a lower --lr: going on with --resume would end in the same way."
        )


def report(record: dict, epochs: int) -> str:
    """One epoch's record as a line of text."""
    return (
        f"epoch {record['epoch']:3d}/{epochs}   loss train {record['train_nelbo']:6.2f}   "
        f"test {record['test_nelbo']:6.2f} = {record['test_reconstruction']:6.2f} recon + {record['test_kl']:5.2f} KL  "
        f"{record['active_units']} active   {record['seconds']:.1f} s"
    )
