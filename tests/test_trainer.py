"""The training loop: it learns, it repeats itself, it resumes to the same result, it stops on nonsense."""

import itertools
import math
from dataclasses import replace

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vae import trainer
from vae.model import VAE, VAEConfig
from vae.trainer import TrainConfig

LOOP = TrainConfig(epochs=4, batch=32, warmup=1, lr=3e-3, critic=3.0)  # with jitter, critic and all


@pytest.fixture
def pictures():
    generator = torch.Generator().manual_seed(0)
    rows = torch.randint(0, 28, (300,), generator=generator)
    x = torch.zeros(300, 28, 28)
    x[torch.arange(300), rows] = 1
    return x.reshape(300, 784)


def new_model():
    torch.manual_seed(1)
    return VAE(VAEConfig(latent_dim=2, encoder_hidden=(32,), decoder_hidden=(32,)))


def test_it_learns(pictures):
    model = new_model()
    history, _ = trainer.fit(model, pictures, pictures[:50], LOOP, quiet=True)
    assert [record["epoch"] for record in history] == [1, 2, 3, 4]
    assert history[-1]["test_nelbo"] < 0.7 * history[0]["test_nelbo"]
    for record in history:
        assert record["test_nelbo"] == pytest.approx(record["test_reconstruction"] + record["test_kl"], rel=1e-6)
    assert not model.training


def test_more_draws_under_the_importance_weighted_bound_learn_too(pictures):
    plain, weighted = new_model(), new_model()
    expected, _ = trainer.fit(plain, pictures, pictures[:50], replace(LOOP, critic=0.0), quiet=True)
    history, _ = trainer.fit(weighted, pictures, pictures[:50], replace(LOOP, importance=4), quiet=True)
    assert history[-1]["test_nelbo"] < 0.7 * history[0]["test_nelbo"]
    assert history[-1]["train_nelbo"] != expected[-1]["train_nelbo"]


def test_what_several_draws_minimise_is_the_importance_weighted_bound(pictures):
    """-log (1/k) sum_i p(x, z_i) / q(z_i | x) by torch.distributions, at the loop's own draws."""
    config = replace(LOOP, epochs=1, batch=300, jitter=0.0, critic=0.0, warmup=0, importance=3, weight_decay=0.0)
    seen, descend = [], trainer.descend

    def step(optimizer, loss, world):
        seen.append(loss.item())
        descend(optimizer, loss, world)

    model, trained = new_model(), new_model()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "descend", step)
        trainer.fit(trained, pictures, pictures[:50], config, quiet=True)
    generator = torch.Generator().manual_seed(config.seed)
    x = pictures[torch.randperm(300, generator=generator)]
    eps = torch.randn(3, 300, 2, generator=generator)
    with torch.no_grad():
        mu, logvar = model.encode(x)
        posterior, prior = Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)
        z = mu + (logvar / 2).exp() * eps
        likelihood = Bernoulli(logits=model.logits(z.flatten(0, 1)).reshape(3, 300, 784), validate_args=False)
        log_w = likelihood.log_prob(x).sum(2) + (prior.log_prob(z) - posterior.log_prob(z)).sum(2)
    assert seen == [pytest.approx(-(log_w.logsumexp(0) - math.log(3)).mean().item(), rel=1e-5)]


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(pictures):
    def train(seed):
        model = new_model()
        trainer.fit(model, pictures, pictures[:50], TrainConfig(epochs=1, seed=seed), quiet=True)
        return torch.cat([weight.flatten() for weight in model.state_dict().values()])

    assert torch.equal(train(5), train(5))
    assert not torch.equal(train(5), train(6))


@pytest.mark.parametrize("stop", [1, 3])
def test_resuming_gives_what_an_uninterrupted_run_gives(pictures, stop, tmp_path):
    whole = new_model()
    expected, snapshots = trainer.fit(whole, pictures, pictures[:50], LOOP, quiet=True)

    class Killed(Exception):
        pass

    def save(state):
        assert state.keys() == trainer.STATE
        torch.save(state, tmp_path / "state.pt")
        if len(state["history"]) == stop:
            raise Killed

    with pytest.raises(Killed):
        trainer.fit(new_model(), pictures, pictures[:50], LOOP, save=save, quiet=True)
    torch.manual_seed(99)  # nothing of the first process is left
    resumed = VAE(whole.config)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    history, resumed_snapshots = trainer.fit(resumed, pictures, pictures[:50], LOOP, state=state, quiet=True)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name
    assert without_seconds(history) == without_seconds(expected)
    assert [snapshot["epoch"] for snapshot in snapshots] == [0, 1, 2, 4]
    for before, after in zip(snapshots, resumed_snapshots, strict=True):
        assert all(torch.equal(torch.as_tensor(before[key]), torch.as_tensor(after[key])) for key in before)


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_state(pictures):
    states = []

    def save(state):
        states.append(len(state["history"]))
        pictures[0] = float("nan")  # from the second epoch on

    with pytest.raises(trainer.Diverged, match=r"epoch 2.*start anew with a lower --lr"):
        trainer.fit(new_model(), pictures, pictures[50:90], LOOP, save=save, quiet=True)
    assert states == [1]


def test_weights_that_are_no_numbers_are_never_saved(pictures, monkeypatch):
    """The loss of an epoch's last step is finite and the step itself goes too far: nothing of it may be kept."""
    states, steps = [], itertools.count(1)
    descend = trainer.descend

    def too_far(optimizer, loss, world):
        descend(optimizer, loss, world)
        if next(steps) == 20:  # the last of the second epoch
            optimizer.param_groups[0]["params"][0].data.fill_(float("nan"))

    monkeypatch.setattr(trainer, "descend", too_far)
    config = TrainConfig(epochs=4, batch=32, critic=0)
    with pytest.raises(trainer.Diverged, match="epoch 2"):
        trainer.fit(
            new_model(), pictures, pictures[:50], config, save=lambda s: states.append(len(s["history"])), quiet=True
        )
    assert states == [1]


def test_snapshots_show_the_same_z_and_the_same_pictures_along_the_training(pictures):
    model = new_model()
    untrained = {name: weight.clone() for name, weight in model.state_dict().items()}
    _, snapshots = trainer.fit(model, pictures, pictures[:50], TrainConfig(epochs=3, batch=32, lr=3e-3), quiet=True)
    assert [snapshot["epoch"] for snapshot in snapshots] == [0, 1, 2, 3]
    with torch.no_grad():
        torch.testing.assert_close(snapshots[-1]["mu"], model.encode(pictures[:50])[0].half())
        expected = model.decode(snapshots[-1]["z"]).reshape(16, 784)
        assert (snapshots[-1]["pictures"].float() / 255 - expected).abs().max() <= 0.5 / 255 + 1e-6
        model.load_state_dict(untrained)
        torch.testing.assert_close(snapshots[0]["mu"], model.encode(pictures[:50])[0].half())
    assert all(torch.equal(snapshot["z"], snapshots[0]["z"]) for snapshot in snapshots)
    assert not torch.equal(snapshots[0]["mu"], snapshots[-1]["mu"])


def test_binarized_pictures_are_drawn_anew_with_the_grey_as_their_mean():
    seen = []

    class Spy(VAE):
        def encode(self, x):
            if len(x) == 200:  # of training, not of the test
                seen.append(x)
            return super().encode(x)

    grey = torch.full((200, 784), 0.3)
    model = Spy(VAEConfig(latent_dim=2, encoder_hidden=(8,), decoder_hidden=(8,)))
    trainer.fit(model, grey, grey[:10].round(), TrainConfig(epochs=2, batch=200, binarize=True, jitter=0), quiet=True)
    first, second = seen
    assert set(first.unique().tolist()) == {0.0, 1.0}
    assert first.mean().item() == pytest.approx(0.3, abs=0.005)
    assert not torch.equal(first, second)


def test_the_critic_is_asked_only_where_it_has_weight_and_then_from_its_time_on(pictures, monkeypatch):
    asked = []
    own_loss = trainer.Critic.own_loss
    monkeypatch.setattr(trainer.Critic, "own_loss", lambda *args: asked.append(1) or own_loss(*args))

    def weights(critic):
        model = new_model()
        config = TrainConfig(epochs=4, batch=32, critic=critic)
        trainer.fit(model, pictures, pictures[:50], config, quiet=True)
        return model.state_dict()["decoder.0.weight"]

    plain = weights(0.0)
    assert not asked
    assert not torch.equal(plain, weights(5.0))
    assert len(asked) == 29  # 4 epochs of 10 steps, from a quarter on: the very first of those has no weight yet


def test_the_first_weights_and_the_run_depend_on_the_config_s_seed_alone(pictures):
    results = []
    for other in (1, 2):
        model = new_model()
        torch.manual_seed(other)  # what else has used the global generator does not matter
        trainer.fit(model, pictures, pictures[:50], TrainConfig(epochs=2, batch=32, critic=5.0), quiet=True)
        results.append(model.state_dict()["decoder.0.weight"])
    assert torch.equal(*results)


def test_bfloat16_products_leave_single_precision_weights_and_nearly_the_same_result(pictures):
    results = []
    for precision in ("float32", "bfloat16"):
        model = new_model()
        config = TrainConfig(epochs=3, batch=32, lr=3e-3, precision=precision)
        history, _ = trainer.fit(model, pictures, pictures[:50], config, quiet=True)
        assert all(weight.dtype == torch.float32 for weight in model.state_dict().values())
        results.append(history[-1]["test_nelbo"])
    assert results[0] == pytest.approx(results[1], rel=0.05)


def test_beta_zero_is_the_reconstruction_alone(pictures):
    kl = {}
    for beta in (0.0, 1.0, 8.0):
        config = TrainConfig(epochs=4, batch=32, warmup=0, lr=3e-3, beta=beta)
        kl[beta] = trainer.fit(new_model(), pictures, pictures[:50], config, quiet=True)[0][-1]["test_kl"]
    assert kl[0.0] > kl[1.0] > kl[8.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"batch": -1},
        {"lr": 0.0},
        {"lr": float("nan")},
        {"beta": -1.0},
        {"beta": float("inf")},
        {"weight_decay": -0.1},
        {"warmup": -1},
        {"seed": -1},
        {"seed": 2**70},
        {"critic": -1.0},
        {"jitter": float("nan")},
        {"importance": 0},
        {"schedule": "cosine"},
        {"precision": "float8"},
    ],
)
def test_a_config_says_what_is_wrong_with_it(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TrainConfig(**wrong)


def test_every_picture_is_seen_once_an_epoch(pictures):
    seen = []

    class Spy(VAE):
        def encode(self, x):
            if self.training and len(x) != 50:  # not the snapshot of the 50 test pictures
                seen.append(x)
            return super().encode(x)

    model = Spy(VAEConfig(latent_dim=2, encoder_hidden=(8,), decoder_hidden=(8,)))
    numbered = pictures.clone()
    numbered[:, 0] = torch.linspace(0, 1, 300)
    trainer.fit(model, numbered, pictures[:50], TrainConfig(epochs=2, batch=64, jitter=0), quiet=True)
    epochs = torch.cat(seen)[:, 0].split(300)
    assert len(epochs) == 2
    for epoch in epochs:
        torch.testing.assert_close(epoch.sort().values, numbered[:, 0])
    assert not any(torch.equal(a, b) for a, b in itertools.pairwise(epochs))


def without_seconds(history):
    return [{key: value for key, value in record.items() if key != "seconds"} for record in history]
