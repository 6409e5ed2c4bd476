"""The training loop: batches, one step, the epochs around it, and the state from which a run resumes.

In several processes (torchrun) each takes its share of every batch and the gradients are summed: the steps are those of
one process.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import cast

import torch
from torch import Tensor, distributed
from tqdm import tqdm

from vae import evaluation, resume, snapshots
from vae.config import JITTER_UNTIL, TrainConfig
from vae.critic import LR as CRITIC_LR
from vae.critic import Critic
from vae.data import CONTRAST, jitter
from vae.losses import importance_weighted_elbo, importance_weights, objective
from vae.model import VAE

ABSURD = 1e5  # nats per image; a decoder that has learned nothing needs 784 log 2 = 543
# Shares of the epochs: the critic's weight is 0 up to the first, and rises to its full value at the second.
CRITIC_RAMP = 0.25, 0.35


class Diverged(RuntimeError):
    """The loss is not a number, or above any that an image can have; the message says what to do."""


@dataclass(frozen=True)
class Batch:
    """All that one step depends on besides the weights; in several processes, the share of one of them.

    Attributes:
        x: images [B, 784] in [0, 1], jittered and binarized as the config says.
        eps: noise [k, B, D] from N(0, I), k draws per image.
        prior: latent vectors [B, D] from N(0, I), for the critic; None where its weight is 0.
        beta: weight of the KL term.
        critic: weight of the critic.
        size: images in the batch over all processes, by which sums over images are divided.
    """

    x: Tensor
    eps: Tensor
    prior: Tensor | None
    beta: float
    critic: float
    size: int


@dataclass(frozen=True)
class Losses:
    """The losses of each image of a batch, not reduced, and the decoder's outputs they came from.

    Attributes:
        reconstruction: -log p(x | z) [k, B], nats per image, for each draw of z.
        kl: [B, D], nats per image and dimension.
        bound: [B], nats per image: what is minimised, without the critic's term.
        mu, logvar: [B, D], the posteriors, without gradients.
        logits: [k B, 784], decoded from the posterior's draws.
        prior_logits: [B, 784], decoded from the prior's draws; None where the batch has none.
    """

    reconstruction: Tensor
    kl: Tensor
    bound: Tensor
    mu: Tensor
    logvar: Tensor
    logits: Tensor
    prior_logits: Tensor | None


class Trainer:
    """Trains a model in place: `run` all epochs, `step` one batch.

    Given the same seed, device and library versions, the result is the same, whether or not it was resumed.

    Args:
        model: on the device to train on.
        train_x, test_x: images [N, 784] in [0, 1], on the model's device; test_x binary where config.binarize is set.
        config: the options of the run.
        judge: reads samples at the moments of which snapshots are kept; None: nobody does.

    Attributes:
        history: a record for each epoch so far: train and test nelbo, reconstruction and kl in nats per image (of the
            ELBO, whichever bound is minimised), active units, seconds; where `balance` is taken, its four means over
            the training images and the steps, in nats per image.
        snapshots: see `snapshots.snapshot`, of the `snapshots.EPOCHS`, from 0 (untrained) on, and the last; with
            `readable`, see `snapshots.share`, where there is a judge.

    Source: the division into methods is that of TrainLoop in improved-diffusion (Nichol & Dhariwal 2021).
    """

    def __init__(
        self,
        model: VAE,
        train_x: Tensor,
        test_x: Tensor,
        config: TrainConfig,
        judge: evaluation.Judge | None = None,
    ):
        self.model, self.train_x, self.test_x, self.config, self.judge = model, train_x, test_x, config, judge
        self.device = train_x.device
        in_several = distributed.is_initialized()
        self.rank, self.world = (distributed.get_rank(), distributed.get_world_size()) if in_several else (0, 1)
        self.steps = math.ceil(len(train_x) / config.batch)  # of an epoch
        self.generator = torch.Generator().manual_seed(config.seed)  # on the CPU: the noise is the same on any device
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True
        )
        self.schedule = learning_rate(self.optimizer, config, config.epochs * self.steps)
        if config.critic:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(config.seed)
                self.critic = Critic().to(self.device)
            self.critic_optimizer = torch.optim.AdamW(
                self.critic.parameters(), lr=CRITIC_LR, betas=(0.5, 0.99), fused=True
            )
        self.history: list[dict] = []
        self.snapshots: list[dict] = []

    def run(self, save: Callable[[dict], None] | None = None, quiet: bool = False) -> None:
        """Train up to the last epoch; the model is then in evaluation mode.

        Args:
            save: called with `state_dict()` after each epoch; in several processes, in the first of them.
            quiet: print one line per epoch, no progress bar.
        Raises:
            Diverged: see there; nothing of that epoch is kept, and the model holds no useful weights.
        """
        if not self.snapshots:
            self.snapshots.append(self.moment(0))
        for epoch in range(len(self.history) + 1, self.config.epochs + 1):
            self.history.append(self.epoch(epoch, quiet or self.rank > 0))
            if epoch in snapshots.EPOCHS or epoch == self.config.epochs:
                self.snapshots.append(self.moment(epoch))
            if self.rank == 0:
                tqdm.write(report(self.history[-1], self.config.epochs))
                if save is not None:
                    save(self.state_dict())
        self.model.eval()

    def moment(self, epoch: int) -> dict:
        """The snapshot after an epoch, with the share that a judge can read; nothing random is drawn from the run."""
        found = snapshots.snapshot(self.model, self.test_x, epoch)
        if self.judge is not None and self.rank == 0:
            found["readable"] = snapshots.share(self.model, self.judge, self.device)
        return found

    def epoch(self, epoch: int, quiet: bool = True) -> dict:
        """Train for one epoch and evaluate on the test images; returns the epoch's record for `history`."""
        start = time.perf_counter()
        self.model.train()
        total = torch.zeros(2, device=self.device)  # reconstruction and kl; float32, as MPS has no float64
        balances = torch.zeros(len(evaluation.SIDES), device=self.device)
        name = f"epoch {epoch}/{self.config.epochs}"
        bar = tqdm(self.batches(epoch), name, self.steps, disable=quiet, leave=False, unit="step")
        for step, batch in enumerate(bar):
            last = [weight.detach().clone() for weight in self.model.encoder[-1].parameters()]
            losses = self.step(batch)
            balances += self.balance(batch, losses, *last)
            with torch.no_grad():
                sums = torch.stack([losses.reconstruction.mean(0).sum(), losses.kl.sum()])
                total += sums
            if step % 20 == 0 and not quiet:
                reconstruction, kl = (sums / len(batch.x)).tolist()
                bar.set_postfix_str(f"loss {reconstruction + kl:.1f} = {reconstruction:.1f} + {kl:.1f} kl")
        if self.world > 1:
            distributed.all_reduce(total)
            distributed.all_reduce(balances)
        reconstruction, kl = (total / len(self.train_x)).tolist()
        stop_if_diverged(reconstruction + kl, epoch)
        self.model.eval()
        noise = torch.Generator().manual_seed(evaluation.TEST_SEED)
        figures = evaluation.evaluate(self.model, self.test_x, noise)
        stop_if_diverged(figures.nelbo, epoch)  # the last step changed the weights after its loss was taken
        record = {
            "epoch": epoch,
            "train_nelbo": reconstruction + kl,
            "train_reconstruction": reconstruction,
            "train_kl": kl,
            "test_nelbo": figures.nelbo,
            "test_reconstruction": figures.reconstruction,
            "test_kl": figures.kl,
            "active_units": figures.active_units,
            "seconds": time.perf_counter() - start,
        }
        if self.has_balance:
            record |= dict(zip(evaluation.SIDES, (balances / len(self.train_x)).tolist(), strict=True))
        return record

    def balance(self, batch: Batch, losses: Losses, weight: Tensor, bias: Tensor) -> Tensor:
        """How the two terms of the loss balanced in a step: `evaluation.SIDES` [4], nats, summed over its images here.

        See `evaluation.balance`, which measures it on a model as it is. Here it costs nothing: mu and logvar are linear
        in the last layer of the encoder, so that its gradients hold the sums over images that are wanted.

        Args:
            batch, losses: of the step.
            weight, bias: of that layer, before the step; their gradients are in the parameters.
        """
        if not self.has_balance:
            return torch.zeros(len(evaluation.SIDES), device=self.device)
        slope, bias_slope = (cast(Tensor, weight.grad) for weight in self.model.encoder[-1].parameters())
        D = self.model.latent_dim
        by_mu = (weight * slope)[:D].sum() + (bias * bias_slope)[:D].sum()  # mean over images of mu d loss / d mu
        by_logstd = 2 * bias_slope[D:].sum()  # mean of d loss / d log std
        n = len(batch.x)
        pull = batch.beta * losses.mu.square().sum()
        grow = batch.beta * (1 - losses.logvar.exp()).sum()
        return torch.stack([pull - n * by_mu, pull, grow + n * by_logstd, grow])

    @property
    def has_balance(self) -> bool:
        """Whether the loss is reconstruction + beta KL: not of a plain autoencoder, nor of several draws' bound."""
        return self.model.config.variational and self.config.importance == 1

    def batches(self, epoch: int) -> Iterator[Batch]:
        """The batches of an epoch. Everything random in training is drawn here, and nowhere else.

        Every process draws for the whole batch and takes its share, so that the draws do not depend on their number.

        Args:
            epoch: from 1.
        """
        config, generator, share = self.config, self.generator, slice(self.rank, None, self.world)
        order = torch.randperm(len(self.train_x), generator=generator)
        for step, index in enumerate(order.split(config.batch)):
            done = epoch - 1 + step / self.steps  # epochs
            critic = config.critic * ramp(done / config.epochs, *CRITIC_RAMP)
            eps = torch.randn(config.importance, len(index), self.model.latent_dim, generator=generator)
            x = self.train_x.index_select(0, index.to(self.device))  # [size, 784]
            if config.jitter and epoch <= JITTER_UNTIL * config.epochs:
                x = jitter(x, config.jitter, CONTRAST[config.data], generator)
            if config.binarize:
                x = (torch.rand(x.shape, generator=generator).to(self.device) < x).float()
            prior = torch.randn(len(index), self.model.latent_dim, generator=generator) if critic else None
            yield Batch(
                x=x[share],
                eps=eps[:, share].to(self.device),
                prior=None if prior is None else prior[share].to(self.device),
                beta=config.beta * ramp(done, 0, config.warmup),
                critic=critic,
                size=len(index),
            )

    def step(self, batch: Batch) -> Losses:
        """One step of the optimisers: forward, backward, new weights. The gradients stay in the parameters' `grad`.

        Minimises (1 / size) sum_i [bound_i + critic weight * critic loss_i].
        """
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.precision == "bfloat16"):
            losses = self.losses(batch)
            loss = losses.bound.sum() / batch.size
            if batch.critic:
                loss = loss + batch.critic * self.critic_step(batch, losses).sum() / batch.size
        descend(self.optimizer, loss, self.world)
        self.schedule.step()
        return losses

    def losses(self, batch: Batch) -> Losses:
        """The losses of each image: no reduction, no randomness, no effect.

        bound = reconstruction + beta KL; with k > 1 draws, -log (1/k) sum_i p(x | z_i) (p(z_i) / q(z_i | x))^beta.
        """
        model, x, eps = self.model, batch.x, batch.eps
        mu, logvar = model.posterior(x)
        z = model.reparameterize(mu, logvar, eps)  # [k, B, D]
        draws = [z.flatten(0, 1)] if batch.prior is None else [z.flatten(0, 1), batch.prior]
        logits, *prior_logits = model.logits(torch.cat(draws)).split([len(part) for part in draws])
        reconstruction = model.reconstruction(x.repeat(len(z), 1), logits).reshape(len(z), len(x))
        kl = model.kl(mu, logvar)
        if len(z) == 1:
            bound = objective(reconstruction[0], kl, batch.beta)
        else:
            bound = -importance_weighted_elbo(importance_weights(reconstruction, logvar, eps, z, batch.beta))
        return Losses(reconstruction, kl, bound, mu.detach(), logvar.detach(), logits, *prior_logits or [None])

    def critic_step(self, batch: Batch, losses: Losses) -> Tensor:
        """One step of the critic; returns what it then says of the decoder: [B] nats, see `Critic.loss`."""
        assert losses.prior_logits is not None, "there is a critic"
        posterior, prior = torch.sigmoid(losses.logits[: len(batch.x)].detach()), torch.sigmoid(losses.prior_logits)
        own_loss = self.critic.own_loss(posterior, prior.detach()).sum() / batch.size
        descend(self.critic_optimizer, own_loss, self.world)
        return self.critic.loss(prior)

    def state_dict(self) -> dict:
        """All that a run needs to resume after an epoch; `load_state_dict` takes it, also read with weights_only."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "generator": self.generator.get_state(),
            "history": self.history,
            "snapshots": self.snapshots,
            "config": {**asdict(self.config), "model": asdict(self.model.config)},
        }
        if self.config.critic:
            state |= {"critic": self.critic.state_dict(), "critic_optimizer": self.critic_optimizer.state_dict()}
        return state

    def load_state_dict(self, state: dict) -> None:
        """Resume from what `state_dict` gave.

        Raises:
            resume.StateError: the state is damaged, or that of a run with other options; nothing is loaded then.
        """
        state = resume.checked(state, self.state_dict(), self.steps, len(self.test_x))
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.generator.set_state(state["generator"])
        if self.config.critic:
            self.critic.load_state_dict(state["critic"])
            self.critic_optimizer.load_state_dict(state["critic_optimizer"])
        self.history, self.snapshots = list(state["history"]), list(state["snapshots"])


def descend(optimizer: torch.optim.Optimizer, loss: Tensor, world: int) -> None:
    """One step down the gradient of the loss; in several processes, of the sum of their losses."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if world > 1:
        for group in optimizer.param_groups:
            for weight in group["params"]:
                distributed.all_reduce(weight.grad)
    optimizer.step()


def ramp(at: float, start: float, full: float) -> float:
    """Linear from 0 at `start` to 1 at `full`, constant outside: min(1, max(0, (at - start) / (full - start)))."""
    return 1.0 if at >= full else max(0.0, (at - start) / (full - start))


def learning_rate(
    optimizer: torch.optim.Optimizer, config: TrainConfig, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The schedule of the learning rate over all the steps of a run."""
    if config.schedule == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1)
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, config.lr, total_steps=steps)


def stop_if_diverged(loss: float, epoch: int) -> None:
    """Raise Diverged where a mean loss, in nats per image, is not a number or above ABSURD."""
    if not abs(loss) < ABSURD:
        raise Diverged(
            f"The loss is {loss:.3g} in epoch {epoch}: training has diverged. Nothing of that epoch is kept; "
            "start anew with --restart and a lower --lr: --resume would end in the same way."
        )


def report(record: dict, epochs: int) -> str:
    """One epoch's record as a line of text."""
    return (
        f"epoch {record['epoch']:3d}/{epochs}   loss train {record['train_nelbo']:6.2f}   "
        f"test {record['test_nelbo']:6.2f} = {record['test_reconstruction']:6.2f} recon + {record['test_kl']:5.2f} KL  "
        f"{record['active_units']} active   {record['seconds']:.1f} s"
    )
