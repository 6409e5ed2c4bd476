"""Test figures against a direct calculation."""

import itertools
import math
from statistics import fmean

import pytest
import torch

from vae import checkpoint, evaluation, losses, snapshots
from vae.model import VAE, VAEConfig


@pytest.fixture
def model():
    torch.manual_seed(0)
    return VAE(VAEConfig(latent_dim=3, encoder_hidden=(16,), decoder_hidden=(16,)))


def test_figures_are_means_in_nats_per_image(model):
    x = torch.rand(25, 784)
    figures = evaluation.evaluate(model, x, torch.Generator().manual_seed(7), batch=10)
    generator, total = torch.Generator().manual_seed(7), []
    for part in x.split(10):
        mu, logvar = model.encode(part)
        z = mu + (logvar / 2).exp() * torch.randn(len(part), 3, generator=generator)
        reconstruction = losses.bernoulli(part, model.logits(z))
        total.append(torch.stack([reconstruction, losses.kl(mu, logvar).sum(1)]))
    reconstruction, kl = torch.cat(total, 1).mean(1).tolist()
    assert figures.reconstruction == pytest.approx(reconstruction, rel=1e-5)
    assert figures.kl == pytest.approx(kl, rel=1e-5) == pytest.approx(sum(figures.kl_per_dim), rel=1e-5)
    assert figures.nelbo == pytest.approx(reconstruction + kl, rel=1e-5)


def test_more_samples_change_the_noise_and_not_the_mean(model):
    x = torch.rand(400, 784)
    one, many = (evaluation.evaluate(model, x, torch.Generator().manual_seed(1), samples=n) for n in (1, 20))
    assert one.nelbo != many.nelbo
    assert one.nelbo == pytest.approx(many.nelbo, abs=1)
    assert one.kl == many.kl


def test_a_dimension_is_active_when_its_mean_varies(model):
    with torch.no_grad():
        model.encoder[-1].weight[0] *= 50  # mu 0 varies
        model.encoder[-1].weight[1:3] = 0  # mu 1 and mu 2 are constant
    figures = evaluation.evaluate(model, torch.rand(50, 784), torch.Generator())
    assert figures.active_units == 1


class LinearGaussian:
    """p(z) = N(0, I), p(x | z) = N(W z, I), and a posterior that is off: log p(x) = log N(x; 0, I + W W^T) is known."""

    latent_dim = 2

    def __init__(self):
        generator = torch.Generator().manual_seed(0)
        self.weight = torch.randn(6, 2, generator=generator)
        precision = torch.eye(2) + self.weight.T @ self.weight
        self.mean = torch.linalg.solve(precision, self.weight.T)
        self.variance = torch.linalg.inv(precision).diagonal()

    def posterior(self, x):
        mu = x @ self.mean.T + 0.3
        return mu, torch.log(1.5 * self.variance).expand_as(mu)

    reparameterize = staticmethod(lambda mu, logvar, eps: mu + torch.exp(0.5 * logvar) * eps)

    def logits(self, z):
        return z @ self.weight.T

    def reconstruction(self, x, mean):
        return 0.5 * (x - mean).square().sum(1) + 0.5 * x.shape[1] * math.log(2 * math.pi)

    def log_likelihood(self, x):
        covariance = torch.eye(6) + self.weight @ self.weight.T
        return torch.distributions.MultivariateNormal(torch.zeros(6), covariance).log_prob(x)

    def exact_elbo(self, x):
        mu, logvar = self.posterior(x)
        posterior = torch.distributions.Normal(mu, torch.exp(0.5 * logvar))
        kl = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).sum(1)
        spread = (torch.exp(logvar) * self.weight.square().sum(0)).sum(1)
        return -(self.reconstruction(x, self.logits(mu)) + 0.5 * spread + kl)


class OneDimensional(LinearGaussian):
    """The same with D = 1, where the posterior is a diagonal Gaussian, and this is it."""

    latent_dim = 1

    def __init__(self):
        super().__init__()
        self.weight = self.weight[:, :1]
        self.precision = 1 + self.weight.square().sum()

    def posterior(self, x):
        mu = x @ self.weight / self.precision
        return mu, torch.full_like(mu, -math.log(self.precision))


def test_the_importance_weighted_bound_rises_with_k_from_the_elbo_to_the_likelihood():
    toy = LinearGaussian()
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(4000, 2, generator=generator) @ toy.weight.T + torch.randn(4000, 6, generator=generator)
    ks = (1, 2, 5, 20, 100, 2000)
    bounds = [evaluation.importance_bound(toy, x, k, generator, chunk=400_000).mean().item() for k in ks]
    exact = toy.log_likelihood(x).mean().item()
    noise = 0.05  # of a mean over 4000 pictures
    assert bounds[0] == pytest.approx(toy.exact_elbo(x).mean().item(), abs=noise)
    assert all(lower < higher for lower, higher in itertools.pairwise(bounds[:-1]))
    assert all(bound < exact + 0.01 for bound in bounds)  # the last is the likelihood, but for its noise
    assert bounds[-1] == pytest.approx(exact, abs=0.01)
    assert bounds[0] < exact - 0.5  # there was something to gain


@pytest.mark.parametrize("chunk", [1, 7, 60, 100_000])
def test_with_the_exact_posterior_the_bound_is_the_likelihood_however_it_is_cut_up(chunk):
    """Every weight is then p(x) itself: a draw counted twice, or left out, would show."""
    toy = OneDimensional()
    x = torch.randn(20, 6, generator=torch.Generator().manual_seed(2))
    bound = evaluation.importance_bound(toy, x, 31, torch.Generator().manual_seed(3), chunk)
    torch.testing.assert_close(bound, toy.log_likelihood(x), rtol=0, atol=1e-4)


def test_with_one_draw_the_bound_is_the_elbo_of_the_likelihood_ratio(model):
    """log p(x|z) + log p(z) - log q(z|x), by torch.distributions, at the same draw of z."""
    x = torch.rand(12, 784)
    bound = evaluation.importance_bound(model, x, 1, torch.Generator().manual_seed(5))
    with torch.no_grad():
        mu, logvar = model.encode(x)
        posterior = torch.distributions.Normal(mu, torch.exp(0.5 * logvar))
        z = mu + torch.exp(0.5 * logvar) * torch.randn(1, 12, 3, generator=torch.Generator().manual_seed(5))[0]
        prior = torch.distributions.Normal(0.0, 1.0)
        expected = -losses.bernoulli(x, model.logits(z)) + (prior.log_prob(z) - posterior.log_prob(z)).sum(1)
    torch.testing.assert_close(bound, expected, rtol=1e-4, atol=1e-3)


def test_readable_is_a_high_probability_of_one_class():
    probabilities = torch.full((4, 10), 0.0)
    probabilities[0, 3] = 0.95
    probabilities[1, 3] = 0.5
    probabilities[2, 7] = 0.91
    probabilities[3, 1] = 0.89
    rest = (1 - probabilities.sum(1, keepdim=True)) / 9
    logits = torch.where(probabilities > 0, probabilities, rest).log()
    share, classes = evaluation.readable(lambda x: logits, torch.zeros(4, 784))
    assert share == pytest.approx(0.5)
    assert classes == pytest.approx([0, 0.25, 0, 0.5, 0, 0, 0, 0.25, 0, 0])


def test_the_judge_recognises_real_digits_and_not_noise_or_blends(digits):
    x, labels = digits
    judge = evaluation.load_judge("mnist")
    share, classes = evaluation.readable(judge, x)
    assert share > 0.8
    assert max(classes) < 0.15
    with torch.no_grad():
        assert (judge(x).argmax(1) == labels).float().mean() > 0.93
    blends = 0.5 * (x + x.roll(67, 0))  # of two classes
    assert evaluation.readable(judge, blends)[0] < share - 0.3
    with pytest.raises(checkpoint.CheckpointError, match=r"tools\.judge"):
        evaluation.load_judge("letters")


def test_the_command_prints_the_figures(small_mnist, tmp_path, capsys):
    import train

    folders = ["--data", str(small_mnist)]
    small = ["--encoder", "16", "--decoder", "16", "--warp", "0", "--epochs", "1", "--quiet", "--device", "cpu"]
    for name in ("mnist-vae-3d", "mnist-ae-2d", "mnist-vae-2d-binary"):
        extra = ["--binarize"] if "binary" in name else []
        runs = ["--out", str(tmp_path), "--runs", str(tmp_path / "runs")]
        assert train.main(["--name", name, *small, *extra, *folders, *runs]) == 0
        capsys.readouterr()
        assert evaluation.main([name, "--checkpoints", str(tmp_path), "--k", "3", "--images", "20", *folders]) == 0
        text = capsys.readouterr().out
        assert "reconstruction" in text and "samples fitted to the codes" in text
        assert ("-ELBO" in text) == ("(k = 3, 20 images" in text) == ("KL by dimension" in text) == ("vae" in name)
        assert ("binarized" in text) == ("binary" in name)
    assert evaluation.main(["mnist-vae-9d", "--checkpoints", str(tmp_path), *folders]) == 1
    assert "python train.py" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        evaluation.main(["mnist-vae-3d", "--images", "0"])


def test_the_committed_figures_are_those_of_the_committed_weights(checkpoints, digits):
    """On 200 digits the ELBO is near the published one, which 10,000 gave; a wrong model is far off."""
    x, _ = digits
    for name, card in checkpoint.read_all(checkpoints)[0].items():
        if card.metrics["training"]["data"] != "mnist":
            continue
        figures = evaluation.evaluate(checkpoint.load(checkpoints / name), x, torch.Generator().manual_seed(0), 20)
        assert figures.nelbo == pytest.approx(card.figures["nelbo"], rel=0.05)
        assert figures.kl == pytest.approx(card.figures["kl"], rel=0.05)


def test_the_committed_models_keep_what_they_promise(checkpoints):
    limits = {"mnist-vae-20d": 92, "mnist-vae-2d": 130}
    for name, limit in limits.items():
        card = checkpoint.read_card(checkpoints / name)
        figures, readable = card.figures, card.metrics["readable"]
        assert readable["prior"] >= 0.75 and readable["data"] >= 0.92 and readable["rarest"] >= 0.05
        assert figures["images"] == 10_000
        assert figures["nelbo"] <= limit
        assert figures["nelbo"] == pytest.approx(figures["reconstruction"] + figures["kl"], abs=1e-6)


@pytest.mark.parametrize("name", ["mnist-vae-2d", "mnist-vae-20d-lecture"])
def test_the_balance_is_what_scaling_all_means_and_widths_would_cost(checkpoints, digits, name):
    """push and shrink are derivatives: of the terms, when every mean is scaled by 1 + h and every width by exp h."""
    model, x = checkpoint.load(checkpoints / name), digits[0][:100]
    found = evaluation.balance(model, x, 2.0, torch.Generator().manual_seed(0), draws=2)
    with torch.no_grad():
        mu, logvar = model.posterior(x)
        generator = torch.Generator().manual_seed(0)
        noise = [torch.randn(mu.shape, generator=generator) for _ in range(2)]

        def cost(mean, width):
            std = torch.exp(logvar / 2)
            zs = [mean * mu + width * std * eps for eps in noise]
            return sum(model.reconstruction(x, model.logits(z)).double().mean().item() for z in zs) / 2

        h = 1e-2
        push = -(cost(1 + h, 1) - cost(1 - h, 1)) / (2 * h)
        shrink = (cost(1, 1 + h) - cost(1, 1 - h)) / (2 * h)
    assert found["push"] == pytest.approx(push, rel=0.05, abs=0.05)
    assert found["shrink"] == pytest.approx(shrink, rel=0.05, abs=0.05)
    assert found["pull"] == pytest.approx(2 * mu.square().sum(1).mean().item(), rel=1e-4)
    assert found["grow"] == pytest.approx(2 * (1 - logvar.exp()).sum(1).mean().item(), rel=1e-4)


def test_the_balances_of_the_committed_models_are_those_of_a_converged_training(checkpoints):
    for card in checkpoint.read_all(checkpoints)[0].values():
        if card.variational:
            balance = card.metrics["balance"]
            assert balance["shrink"] == pytest.approx(balance["grow"], rel=0.05, abs=0.005)
            is_pulled = card.metrics["training"]["beta"] > 0
            assert balance["push"] > balance["pull"] and (balance["pull"] > 0) == is_pulled


def test_the_balances_of_the_committed_trainings_close(checkpoints):
    """Where they were taken in every epoch, both sides are nearer to each other in the last quarter than at first."""
    histories = [card.metrics["history"] for card in checkpoint.read_all(checkpoints)[0].values()]
    taken = [[record for record in history if "push" in record] for history in histories]
    assert any(taken)
    for history in filter(None, taken):
        assert len(history) == history[-1]["epoch"]
        quarter = history[-max(1, len(history) // 4) :]
        for side, other in (("push", "pull"), ("shrink", "grow")):
            first, last = ([abs(record[side] - record[other]) for record in part] for part in (history[:1], quarter))
            assert fmean(last) < first[0]
        # Each image's share is taken at one draw of eps, before the step that it leads to
        grow = fmean(record["grow"] for record in quarter)
        assert fmean(record["shrink"] for record in quarter) == pytest.approx(grow, rel=0.08, abs=0.005)


def test_the_frames_of_the_committed_models_are_read_as_they_say(checkpoints):
    for card in checkpoint.read_all(checkpoints)[0].values():
        atlas, moments = checkpoint.read_atlas(card.folder), card.metrics["moments"]
        assert [moment["epoch"] for moment in moments] == atlas["snapshot_epochs"].tolist()
        found = snapshots.frames(evaluation.load_judge(card.data), atlas["snapshot_pictures"])
        assert [moment["frame"] for moment in moments] == found
