"""The training loop: it learns, it repeats itself, it resumes to the same result, it stops on nonsense."""

import io
import itertools
import math
from dataclasses import replace

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vae import losses, resume, snapshots, trainer
from vae.config import TrainConfig
from vae.critic import Critic
from vae.model import VAE, VAEConfig
from vae.trainer import Trainer

GOLDEN = {"train": [539.829, 421.211, 267.621], "test": [506.109, 300.417, 253.183]}  # nats per image, by epoch
LOOP = TrainConfig(epochs=4, batch=32, warmup=1, lr=3e-3, critic=3.0)  # with jitter, critic and all


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(0)
    rows = torch.randint(0, 28, (300,), generator=generator)
    x = torch.zeros(300, 28, 28)
    x[torch.arange(300), rows] = 1
    return x.reshape(300, 784)


def new_model():
    torch.manual_seed(1)
    return VAE(VAEConfig(latent_dim=2, encoder_hidden=(32,), decoder_hidden=(32,)))


def fit(model, x, test_x, config, state=None, save=None):
    """Train to the end; returns the history and the snapshots."""
    training = Trainer(model, x, test_x, config)
    if state is not None:
        training.load_state_dict(state)
    training.run(save, quiet=True)
    return training.history, training.snapshots


def test_it_learns(images):
    model = new_model()
    history, _ = fit(model, images, images[:50], LOOP)
    assert [record["epoch"] for record in history] == [1, 2, 3, 4]
    assert history[-1]["test_nelbo"] < 0.7 * history[0]["test_nelbo"]
    for record in history:
        assert record["test_nelbo"] == pytest.approx(record["test_reconstruction"] + record["test_kl"], rel=1e-6)
    assert not model.training


def test_more_draws_under_the_importance_weighted_bound_learn_too(images):
    plain, weighted = new_model(), new_model()
    expected, _ = fit(plain, images, images[:50], replace(LOOP, critic=0.0))
    history, _ = fit(weighted, images, images[:50], replace(LOOP, importance=4))
    assert history[-1]["test_nelbo"] < 0.7 * history[0]["test_nelbo"]
    assert history[-1]["train_nelbo"] != expected[-1]["train_nelbo"]


def test_what_several_draws_minimise_is_the_importance_weighted_bound(images):
    """-log (1/k) sum_i p(x, z_i) / q(z_i | x) by torch.distributions, at the loop's own draws."""
    config = replace(LOOP, epochs=1, batch=300, jitter=0.0, critic=0.0, warmup=0, importance=3, weight_decay=0.0)
    seen, descend = [], trainer.descend

    def step(optimizer, loss, world):
        seen.append(loss.item())
        descend(optimizer, loss, world)

    model, trained = new_model(), new_model()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "descend", step)
        fit(trained, images, images[:50], config)
    generator = torch.Generator().manual_seed(config.seed)
    x = images[torch.randperm(300, generator=generator)]
    eps = torch.randn(3, 300, 2, generator=generator)
    with torch.no_grad():
        mu, logvar = model.encode(x)
        posterior, prior = Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)
        z = mu + (logvar / 2).exp() * eps
        likelihood = Bernoulli(logits=model.logits(z.flatten(0, 1)).reshape(3, 300, 784), validate_args=False)
        log_w = likelihood.log_prob(x).sum(2) + (prior.log_prob(z) - posterior.log_prob(z)).sum(2)
    assert seen == [pytest.approx(-(log_w.logsumexp(0) - math.log(3)).mean().item(), rel=1e-5)]


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(images):
    def train(seed):
        model = new_model()
        fit(model, images, images[:50], TrainConfig(epochs=1, seed=seed))
        return torch.cat([weight.flatten() for weight in model.state_dict().values()])

    assert torch.equal(train(5), train(5))
    assert not torch.equal(train(5), train(6))


@pytest.mark.parametrize("stop", [1, 3])
def test_resuming_gives_what_an_uninterrupted_run_gives(images, stop, tmp_path):
    whole = new_model()
    expected, kept = fit(whole, images, images[:50], LOOP)

    class Killed(Exception):
        pass

    def save(state):
        torch.save(state, tmp_path / "state.pt")
        if len(state["history"]) == stop:
            raise Killed

    with pytest.raises(Killed):
        fit(new_model(), images, images[:50], LOOP, save=save)
    torch.manual_seed(99)  # nothing of the first process is left
    resumed = VAE(whole.config)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    history, resumed_snapshots = fit(resumed, images, images[:50], LOOP, state=state)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name
    assert without_seconds(history) == without_seconds(expected)
    assert [snapshot["epoch"] for snapshot in kept] == [0, 1, 2, 3, 4]
    for before, after in zip(kept, resumed_snapshots, strict=True):
        assert all(torch.equal(torch.as_tensor(before[key]), torch.as_tensor(after[key])) for key in before)


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_state(images):
    states = []

    def save(state):
        states.append(len(state["history"]))
        images[0] = float("nan")  # from the second epoch on

    with pytest.raises(trainer.Diverged, match=r"epoch 2.*start anew with --restart and a lower --lr"):
        fit(new_model(), images, images[50:90], LOOP, save=save)
    assert states == [1]


def test_weights_that_are_no_numbers_are_never_saved(images, monkeypatch):
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
        fit(new_model(), images, images[:50], config, save=lambda s: states.append(len(s["history"])))
    assert states == [1]


def test_snapshots_show_the_same_z_and_the_same_images_along_the_training(images):
    model = new_model()
    untrained = {name: weight.clone() for name, weight in model.state_dict().items()}
    _, kept = fit(model, images, images[:50], TrainConfig(epochs=3, batch=32, lr=3e-3))
    assert [snapshot["epoch"] for snapshot in kept] == [0, 1, 2, 3]
    with torch.no_grad():
        torch.testing.assert_close(kept[-1]["mu"], model.encode(images[:50])[0].half())
        expected = model.decode(kept[-1]["z"]).reshape(16, 784)
        assert (kept[-1]["images"].float() / 255 - expected).abs().max() <= 0.5 / 255 + 1e-6
        model.load_state_dict(untrained)
        torch.testing.assert_close(kept[0]["mu"], model.encode(images[:50])[0].half())
    assert all(torch.equal(snapshot["z"], kept[0]["z"]) for snapshot in kept)
    assert not torch.equal(kept[0]["mu"], kept[-1]["mu"])


def test_the_moments_of_a_training_are_its_first_epochs_and_then_fewer():
    assert list(snapshots.EPOCHS[:11]) == list(range(11))
    steps = [after - before for before, after in itertools.pairwise(snapshots.EPOCHS)]
    assert all(earlier <= later for earlier, later in itertools.pairwise(steps))


def test_a_judge_reads_samples_at_the_moments_and_leaves_the_training_as_it_is(images):
    def judge(x):  # sure of its class where an image is dark
        return 20.0 * (x.mean(1, keepdim=True) < 0.2) * torch.eye(10)[0]

    alone, judged = new_model(), new_model()
    _, without = fit(alone, images, images[:50], LOOP)
    training = Trainer(judged, images, images[:50], LOOP, judge)
    training.run(quiet=True)
    assert all(torch.equal(a, b) for a, b in zip(alone.parameters(), judged.parameters(), strict=True))
    assert all(moment.keys() == {"epoch", "frame"} for moment in snapshots.moments(without, judge))
    moments = snapshots.moments(training.snapshots, judge)
    assert [moment["epoch"] for moment in moments] == [0, 1, 2, 3, 4]
    assert (moments[0]["readable"], moments[0]["frame"]) == (0, 0)
    assert (moments[-1]["readable"], moments[-1]["frame"]) == (1, 16)  # one row of 28 is white
    z = torch.randn(snapshots.READ, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = (judged.decode(z).reshape(-1, 784).mean(1) < 0.2).float().mean().item()
    assert moments[-1]["readable"] == pytest.approx(expected)


@pytest.mark.parametrize("critic", [0.0, 3.0])
def test_the_balance_of_an_epoch_is_autograd_s_on_its_batch(images, critic):
    config = TrainConfig(epochs=2, batch=300, lr=3e-3, beta=0.7, warmup=0, critic=critic)
    training, model = Trainer(new_model(), images, images[:50], config), new_model()
    twin = Trainer(model, images, images[:50], config)
    for epoch in (1, 2):
        (batch,) = twin.batches(epoch)
        mu, logvar = (part.detach() for part in model.posterior(batch.x))
        mu, logstd = mu.requires_grad_(), (logvar / 2).requires_grad_()
        z = mu + logstd.exp() * batch.eps[0]
        by_mu, by_logstd = torch.autograd.grad(model.reconstruction(batch.x, model.logits(z)).sum(), (mu, logstd))
        expected = {
            "push": -(mu * by_mu).sum(),
            "pull": 0.7 * mu.square().sum(),
            "shrink": by_logstd.sum(),
            "grow": 0.7 * (1 - (2 * logstd).exp()).sum(),
        }
        record = training.epoch(epoch)
        for name, value in expected.items():
            assert record[name] == pytest.approx(value.item() / 300, rel=1e-3, abs=1e-4), name
        twin.step(batch)


def test_where_the_loss_is_another_no_balance_is_told(images):
    plain = VAE(VAEConfig(latent_dim=2, encoder_hidden=(32,), decoder_hidden=(32,), variational=False))
    for model, config in (
        (plain, TrainConfig(epochs=1, batch=64)),
        (new_model(), TrainConfig(epochs=1, batch=64, importance=3)),
    ):
        history, _ = fit(model, images, images[:50], config)
        assert "push" not in history[0]


def test_binarized_images_are_drawn_anew_with_the_grey_as_their_mean():
    seen = []

    class Spy(VAE):
        def posterior(self, x):
            if len(x) == 200:  # of training, not of the test
                seen.append(x)
            return super().posterior(x)

    grey = torch.full((200, 784), 0.3)
    model = Spy(VAEConfig(latent_dim=2, encoder_hidden=(8,), decoder_hidden=(8,)))
    fit(model, grey, grey[:10].round(), TrainConfig(epochs=2, batch=200, binarize=True, jitter=0))
    first, second = seen
    assert set(first.unique().tolist()) == {0.0, 1.0}
    assert first.mean().item() == pytest.approx(0.3, abs=0.005)
    assert not torch.equal(first, second)


def test_the_critic_is_asked_only_where_it_has_weight_and_then_from_its_time_on(images, monkeypatch):
    asked = []
    own_loss = Critic.own_loss
    monkeypatch.setattr(Critic, "own_loss", lambda *args: asked.append(1) or own_loss(*args))

    def weights(critic):
        model = new_model()
        config = TrainConfig(epochs=4, batch=32, critic=critic)
        fit(model, images, images[:50], config)
        return model.state_dict()["decoder.0.weight"]

    plain = weights(0.0)
    assert not asked
    assert not torch.equal(plain, weights(5.0))
    assert len(asked) == 29  # 4 epochs of 10 steps, from a quarter on: the very first of those has no weight yet


def test_the_first_weights_and_the_run_depend_on_the_config_s_seed_alone(images):
    results = []
    for other in (1, 2):
        model = new_model()
        torch.manual_seed(other)  # what else has used the global generator does not matter
        fit(model, images, images[:50], TrainConfig(epochs=2, batch=32, critic=5.0))
        results.append(model.state_dict()["decoder.0.weight"])
    assert torch.equal(*results)


def test_bfloat16_products_leave_single_precision_weights_and_nearly_the_same_result(images):
    results = []
    for precision in ("float32", "bfloat16"):
        model = new_model()
        config = TrainConfig(epochs=3, batch=32, lr=3e-3, precision=precision)
        history, _ = fit(model, images, images[:50], config)
        assert all(weight.dtype == torch.float32 for weight in model.state_dict().values())
        results.append(history[-1]["test_nelbo"])
    assert results[0] == pytest.approx(results[1], rel=0.05)


def test_beta_zero_is_the_reconstruction_alone(images):
    kl = {}
    for beta in (0.0, 1.0, 8.0):
        config = TrainConfig(epochs=4, batch=32, warmup=0, lr=3e-3, beta=beta)
        kl[beta] = fit(new_model(), images, images[:50], config)[0][-1]["test_kl"]
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


def test_every_image_is_seen_once_an_epoch(images):
    seen = []

    class Spy(VAE):
        def posterior(self, x):
            if self.training and len(x) != 50:  # not the snapshot of the 50 test images
                seen.append(x)
            return super().posterior(x)

    model = Spy(VAEConfig(latent_dim=2, encoder_hidden=(8,), decoder_hidden=(8,)))
    numbered = images.clone()
    numbered[:, 0] = torch.linspace(0, 1, 300)
    fit(model, numbered, images[:50], TrainConfig(epochs=2, batch=64, jitter=0))
    epochs = torch.cat(seen)[:, 0].split(300)
    assert len(epochs) == 2
    for epoch in epochs:
        torch.testing.assert_close(epoch.sort().values, numbered[:, 0])
    assert not any(torch.equal(a, b) for a, b in itertools.pairwise(epochs))


def without_seconds(history):
    return [{key: value for key, value in record.items() if key != "seconds"} for record in history]


def batch_of(x, critic=0.0, importance=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    eps = torch.randn(importance, len(x), 2, generator=generator)
    prior = torch.randn(len(x), 2, generator=generator) if critic else None
    return trainer.Batch(x, eps, prior, beta=0.7, critic=critic, size=len(x))


def test_losses_are_the_formulas_per_image_and_have_no_effect(images):
    model = new_model()
    training, batch = Trainer(model, images, images[:50], replace(LOOP, critic=0.0)), batch_of(images[:20])
    state = torch.random.get_rng_state(), training.generator.get_state()
    result = training.losses(batch)
    mu, logvar = model.encode(batch.x)
    z = mu + torch.exp(0.5 * logvar) * batch.eps[0]
    torch.testing.assert_close(result.reconstruction[0], losses.bernoulli(batch.x, model.logits(z)))
    torch.testing.assert_close(result.kl, losses.kl(mu, logvar))
    torch.testing.assert_close(result.bound, result.reconstruction[0] + 0.7 * result.kl.sum(1))
    again = training.losses(batch)
    assert torch.equal(again.bound, result.bound)
    assert torch.equal(state[0], torch.random.get_rng_state()) and torch.equal(state[1], training.generator.get_state())
    assert all(weight.grad is None for weight in model.parameters())
    one = training.losses(trainer.Batch(batch.x[3:4], batch.eps[:, 3:4], None, 0.7, 0.0, 1))
    torch.testing.assert_close(one.bound, result.bound[3:4])  # an image's loss does not depend on its neighbours


def test_a_step_takes_the_gradient_of_the_mean_loss(images):
    """By autograd, from the formulas of the lecture alone, and by AdamW's own first step."""
    model, batch = new_model(), batch_of(images[:20])
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    weights = {name: weight.clone().requires_grad_() for name, weight in before.items()}
    config = replace(LOOP, critic=0.0, weight_decay=0.0, schedule="constant", lr=0.01)
    Trainer(model, images, images[:50], config).step(batch)

    def chain(x, part):
        x = x @ weights[f"{part}.0.weight"].T + weights[f"{part}.0.bias"]
        for index in range(2, 10, 2):
            if f"{part}.{index}.weight" in weights:
                x = torch.nn.functional.gelu(x, approximate="tanh")
                x = x @ weights[f"{part}.{index}.weight"].T + weights[f"{part}.{index}.bias"]
        return x

    mu, logvar = chain(batch.x, "encoder").chunk(2, 1)
    z = mu + (logvar / 2).exp() * batch.eps[0]
    x_hat = torch.sigmoid(chain(z + chain(z, "warp"), "decoder"))
    reconstruction = -(batch.x * x_hat.log() + (1 - batch.x) * (1 - x_hat).log()).sum(1)
    kl = 0.5 * (logvar.exp() - logvar - 1 + mu**2).sum(1)
    (reconstruction + 0.7 * kl).mean().backward()
    for name, weight in model.named_parameters():
        gradient = weights[name].grad
        torch.testing.assert_close(weight.grad, gradient, rtol=1e-3, atol=1e-5)
        moved = gradient.abs() > 1e-4  # Adam's first step is lr times the sign
        torch.testing.assert_close((before[name] - weight)[moved], 0.01 * gradient.sign()[moved], rtol=1e-3, atol=1e-6)


def test_a_step_with_the_critic_trains_both_and_leaves_the_encoder_out_of_its_term(images):
    results = {}
    for weight in (0.0, 5.0):
        model = new_model()
        training = Trainer(model, images, images[:50], LOOP)
        first = [weight.detach().clone() for weight in training.critic.parameters()]
        batch = replace(batch_of(images[:20], critic=1.0), critic=weight)
        training.step(batch)
        moved = any(not torch.equal(a, b) for a, b in zip(first, training.critic.parameters(), strict=True))
        assert moved == bool(weight)
        results[weight] = {name: weight.grad.clone() for name, weight in model.named_parameters()}
    for name, gradient in results[0.0].items():
        same = torch.allclose(gradient, results[5.0][name], atol=1e-7)
        assert same == name.startswith("encoder"), name


@pytest.mark.parametrize("config", [LOOP, replace(LOOP, importance=3, binarize=True, critic=0.0)])
def test_all_randomness_is_in_the_batches(images, config):
    """The same generator gives the same batches, whatever the steps between them do."""

    def batches(step):
        training, found = Trainer(new_model(), images, images[:50], config), []
        for epoch in (1, 2, 3):
            for batch in training.batches(epoch):
                found.append(batch)
                if step:
                    training.step(batch)
        return found

    for one, other in zip(batches(False), batches(True), strict=True):
        assert torch.equal(one.x, other.x) and torch.equal(one.eps, other.eps)
        assert (one.prior is None) == (other.prior is None) == (one.critic == 0)
        assert one.prior is None or torch.equal(one.prior, other.prior)


def test_a_tiny_run_gives_the_numbers_that_it_gave_when_it_was_written(images):
    """Another order of the draws, another schedule or another loss would show here."""
    history, _ = fit(new_model(), images, images[:50], replace(LOOP, epochs=3))
    assert [record["train_nelbo"] for record in history] == pytest.approx(GOLDEN["train"], rel=1e-3)
    assert [record["test_nelbo"] for record in history] == pytest.approx(GOLDEN["test"], rel=1e-3)


def test_there_is_a_critic_only_where_it_has_weight(images):
    plain = Trainer(new_model(), images, images[:50], replace(LOOP, critic=0.0))
    assert not hasattr(plain, "critic") and not {"critic", "critic_optimizer"} & plain.state_dict().keys()
    assert {"critic", "critic_optimizer"} <= Trainer(new_model(), images, images[:50], LOOP).state_dict().keys()


@pytest.fixture(scope="module")
def saved():
    """A state after two epochs, as bytes on disk are: read anew for each test."""
    x, file = torch.rand(64, 784, generator=torch.Generator().manual_seed(0)), io.BytesIO()
    fit(new_model(), x, x[:10], replace(LOOP, epochs=2), save=lambda state: file.seek(0) or torch.save(state, file))
    return file.getvalue()


def resumed(state):
    x = torch.rand(64, 784, generator=torch.Generator().manual_seed(0))
    return Trainer(new_model(), x, x[:10], replace(LOOP, epochs=2)).load_state_dict(state)


def test_a_state_of_an_earlier_version_can_be_resumed(saved):
    """It holds a critic whatever its weight, and calls the images of its snapshots pictures."""
    state = torch.load(io.BytesIO(saved), weights_only=True)
    for snapshot in state["snapshots"]:
        snapshot["pictures"] = snapshot.pop("images")
    state["config"]["critic"] = 0.0
    x = torch.rand(64, 784, generator=torch.Generator().manual_seed(0))
    training = Trainer(new_model(), x, x[:10], replace(LOOP, epochs=2, critic=0.0))
    training.load_state_dict(state)
    assert len(training.history) == 2
    assert training.snapshots[0]["images"].shape == (16, 784)


DAMAGE = {
    "no history": lambda state: state.pop("history"),
    "no critic": lambda state: state.pop("critic"),
    "a layer of another shape": lambda state: state["model"].update({"encoder.0.bias": torch.zeros(5)}),
    "a layer too few": lambda state: state["model"].pop("encoder.0.bias"),
    "a weight that is not finite": lambda state: state["model"]["encoder.0.bias"].fill_(float("nan")),
    "moments of another shape": lambda state: state["optimizer"]["state"][0].update(exp_avg=torch.zeros(3)),
    "a moment too few": lambda state: state["optimizer"]["state"].pop(1),
    "another number of parameters": lambda state: state["optimizer"]["param_groups"][0]["params"].pop(),
    "a critic of another shape": lambda state: state["critic"].update({"layers.0.bias": torch.zeros(5)}),
    "a record of another epoch": lambda state: state["history"].pop(0),
    "a record without its loss": lambda state: state["history"][1].pop("test_nelbo"),
    "a loss that is not finite": lambda state: state["history"][1].update(test_nelbo=float("nan")),
    "more epochs than asked for": lambda state: state["history"].extend([{**state["history"][1], "epoch": 3}]),
    "a schedule at another step": lambda state: state["schedule"].update(last_epoch=1),
    "a generator of another size": lambda state: state.update(generator=torch.zeros(3, dtype=torch.uint8)),
    "no snapshots": lambda state: state.update(snapshots=[]),
    "snapshots of other images": lambda state: state["snapshots"][0].update(mu=torch.zeros(3, 2)),
    "a number for the optimizer": lambda state: state.update(optimizer=3),
    "a list for the config": lambda state: state.update(config=[]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_state_is_refused_with_a_sentence(saved, damage):
    state = torch.load(io.BytesIO(saved), weights_only=True)
    resumed(state)
    DAMAGE[damage](state)
    with pytest.raises(resume.StateError, match=r"The unfinished run .*--restart\.$"):
        resumed(state)


def test_a_state_of_other_options_is_refused(saved):
    state = torch.load(io.BytesIO(saved), weights_only=True)
    state["config"]["lr"] = 0.5
    with pytest.raises(resume.StateError, match=r"was started with lr 0\.5; give the same options"):
        resumed(state)
