"""The page's pure scripts, run by Node (the one that Playwright ships) against what numpy, scipy and torch give."""

import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from safetensors.numpy import load_file
from scipy import stats

from tools.browser import node
from tools.golden import PATH as LAYOUT
from tools.kernel import FUSED, PLAIN
from vae import VAE, checkpoint, latent, losses, sampler
from vae.images import Edits, NoDigit, files, find, network, scenes
from vae.images.look import Look
from vae.model import VAEConfig

ROOT = Path(__file__).parent.parent
KERNELS = {path.stem: str(path) for path in (PLAIN, FUSED)}
MODELS = ("mnist-vae-20d", "mnist-vae-2d", "mnist-ae-20d", "mnist-vae-20d-lecture", "fashion-vae-20d")


def networks(checkpoints: Path) -> list[dict]:
    """Latent vectors from the origin to far out, their images, the images' posteriors and a gradient, by PyTorch."""
    cases = []
    for name in MODELS:
        model = VAE.from_pretrained(checkpoints / name)
        z = torch.randn(12, model.latent_dim, generator=torch.Generator().manual_seed(0))
        z *= torch.linspace(0, 6, 12)[:, None]
        with torch.no_grad():
            images = model.decode(z).reshape(12, 784)
            mu, logvar = model.encode(images)
        gradient = torch.randn(12, 784, generator=torch.Generator().manual_seed(1))
        z.requires_grad_()
        (pulled,) = torch.autograd.grad((model.decode(z).reshape(12, 784) * gradient).sum(), z)
        cases.append(
            {
                "name": name,
                "weights": str(checkpoints / name / "model.safetensors"),
                "activation": model.config.activation,
                "z": z.detach().ravel().tolist(),
                "images": images.ravel().tolist(),
                "mu": mu.ravel().tolist(),
                "logvar": logvar.ravel().tolist() if model.config.variational else None,
                "gradient": gradient.ravel().tolist(),
                "pulled": pulled.ravel().tolist(),
            }
        )
    return cases


def geodesics(checkpoints: Path) -> list[dict]:
    """Pairs of codes, with the energy of the straight line between them and of the geodesic that PyTorch finds."""
    cases = []
    for name in ("mnist-vae-20d-lecture", "mnist-vae-2d"):
        model = VAE.from_pretrained(checkpoints / name).requires_grad_(False)
        a, b = torch.randn(2, model.latent_dim, generator=torch.Generator().manual_seed(3))
        *_, curve = latent.geodesic(model.decode, a, b)
        line = latent.lerp(a, b, torch.linspace(0, 1, 25))
        cases.append(
            {
                "name": name,
                "a": a.tolist(),
                "b": b.tolist(),
                "line": latent.energy(model.decode, line).item(),
                "energy": latent.energy(model.decode, curve).item(),
            }
        )
    return cases


def statistics() -> dict:
    x, u, length = np.linspace(-5, 5, 101), np.linspace(0.001, 0.999, 99), np.r_[np.linspace(0, 12, 40), 39, 40, 1000]
    chi = [
        {
            "n": n,
            "length": length.tolist(),
            "share": stats.chi.cdf(length, n).tolist(),
            "typical": stats.chi.ppf([0.05, 0.95], n).tolist(),
        }
        for n in (1, 2, 3, 20, 50)
    ]
    return {
        "x": x.tolist(),
        "cdf": stats.norm.cdf(x).tolist(),
        "u": u.tolist(),
        "quantile": stats.norm.ppf(u).tolist(),
        "chi": chi,
    }


def paths() -> list[dict]:
    generator = torch.Generator().manual_seed(0)
    pairs = [torch.randn(2, 20, generator=generator) * scale for scale in (1, 0.1, 5)]
    pairs.append(torch.stack([torch.ones(20), 3 * torch.ones(20)]))  # the same direction
    pairs.append(torch.stack([torch.zeros(20), torch.ones(20)]))
    return [
        {
            "a": a.tolist(),
            "b": b.tolist(),
            "t": t,
            "straight": latent.lerp(a, b, torch.tensor([t]))[0].tolist(),
            "arc": latent.slerp(a, b, torch.tensor([t]))[0].tolist(),
        }
        for a, b in pairs
        for t in (0.0, 0.3, 1.0)
    ]


def mixture(checkpoints: Path) -> dict:
    fitted = checkpoint.read_sampler(checkpoints / "mnist-vae-2d")
    draws = sampler.draw(fitted, 400_000, np.random.default_rng(0))
    arrays = {"sampler_weights": fitted.weights, "sampler_means": fitted.means, "sampler_scales": fitted.scales}
    return {
        "sampler": {name: np.ravel(array).tolist() for name, array in arrays.items()},
        "mean": draws.mean(0).tolist(),
        "covariance": np.cov(draws.T).ravel().tolist(),
    }


def neighbours() -> dict:
    generator = np.random.default_rng(0)
    codes, asked = generator.normal(size=(500, 7)).astype(np.float32), generator.normal(size=(20, 7))
    rows = [np.argsort(np.linalg.norm(codes - z, axis=1))[:5].tolist() for z in asked]
    points, places, reach = generator.normal(size=(3000, 2)).astype(np.float32), generator.normal(size=(200, 2)), 0.05
    distances = np.linalg.norm(points[None] - places[:, None], axis=2)
    distances[:, ::3] = np.inf  # those are hidden
    found = np.where(distances.min(1) <= reach, distances.argmin(1), -1)
    assert len(set(found)) > 20 and -1 in found
    return {
        "codes": codes.ravel().tolist(),
        "n": 7,
        "asked": asked.tolist(),
        "rows": rows,
        "points": points.ravel().tolist(),
        "places": places.tolist(),
        "reach": reach,
        "found": found.tolist(),
    }


def plane(checkpoints: Path) -> dict:
    atlas = {name: np.asarray(array, float) for name, array in checkpoint.read_atlas(checkpoints / MODELS[0]).items()}
    center, axes, generator = atlas["center"], atlas["class_axes"], np.random.default_rng(0)
    cases = []
    for z in generator.normal(size=(5, 20)):
        place, point = axes @ (z - center), generator.normal(size=2)
        cases.append(
            {
                "z": z.tolist(),
                "place": place.tolist(),
                "point": point.tolist(),
                "lifted": (z + axes.T @ (point - place)).tolist(),
                "residual": (z - center - axes.T @ place).tolist(),
            }
        )
    logvar = atlas["logvar"][7]
    covariance = axes @ np.diag(np.exp(logvar)) @ axes.T
    return {
        "center": center.tolist(),
        "axes": axes.tolist(),
        "logvar": logvar.tolist(),
        "cases": cases,
        "covariance": covariance.tolist(),
    }


def ranges(checkpoints: Path) -> list[dict]:
    """Points on an axis, what share of them is to be seen, and how far the axis may reach for it."""
    cases = []
    for name in ("mnist-ae-20d", "mnist-ae-2d", "mnist-vae-2d-beta0.1", "mnist-vae-2d", "mnist-vae-20d"):
        atlas = checkpoint.read_atlas(checkpoints / name)
        x = (np.asarray(atlas["mu"], float) - atlas["center"]) @ atlas.get("class_axes", atlas["axes"]).T
        for axis in (0, 1):
            low, high = np.quantile(x[:, axis], [0.005, 0.995])
            reach = 0.45 * (high - low)
            cases.append(
                {
                    "name": f"{name}, axis {axis}",
                    "points": x[:, axis].tolist(),
                    "low": low - reach,
                    "high": high + reach,
                    "share": 0.992,
                }
            )
    normal = np.random.default_rng(0).normal(size=2000)
    cases.append({"name": "outliers", "points": [*normal, 80, -90], "low": -6, "high": 6, "share": 0.99})
    cases.append({"name": "a box", "points": np.linspace(0, 1, 500).tolist(), "low": -0.1, "high": 1.1, "share": 1})
    return cases


def atlas(checkpoints: Path) -> dict:
    path = checkpoints / MODELS[0] / "atlas.safetensors"
    arrays = {name: np.ravel(array).astype(float) for name, array in load_file(path).items()}
    sums = {
        name: {"size": array.size, "sum": array.sum(), "first": array[:20].tolist()} for name, array in arrays.items()
    }
    return {"path": str(path), "sums": sums}


@torch.no_grad()
def ink(folder: Path) -> dict:
    """Images as the browser has them, RGBA bytes in files, and what Python finds in them."""
    with np.load(ROOT / "tests" / "data" / "digits.npz") as file:
        digits = file["images"].reshape(-1, 28, 28) / 255
    painter = scenes.Painter(digits, scenes.distances(digits))
    pictures = {path.name: files.load(path) for path in sorted((ROOT / "examples").glob("?-*"))}
    for k in range(6):
        pictures[f"scene {k}"] = Image.fromarray(painter.scene(np.random.default_rng(k)).rgb)
    page = Image.new("RGB", (900, 700), "white")
    page.paste(pictures["3-ballpoint.jpg"].resize((60, 60)), (700, 500))
    pictures["a small digit"] = page
    for name in ("3-ballpoint.jpg", "scene 2"):
        box = find(pictures[name]).box
        edges = [round(share * side) for share, side in zip(box, 2 * pictures[name].size, strict=True)]
        pictures[f"{name} cropped"] = pictures[name].crop(tuple(edges))
    crop = {"crop": [0.1, 0.05, 0.95, 0.9]}
    cases = [search(folder, name, image, {}) for name, image in pictures.items()]
    for name in ("3-ballpoint.jpg", "scene 1"):
        corrected = ({"polarity": "dark"}, {"threshold": 0.2}, crop)
        cases += [search(folder, name, pictures[name], edits) for edits in corrected]
    shirt = Image.new("RGB", (90, 120), (240, 236, 230))
    shirt.paste(Image.fromarray(np.random.default_rng(0).integers(0, 200, (60, 30, 3), np.uint8)), (20, 31))
    things = {"light ground": shirt, "dark ground": ImageOps.invert(shirt), "plain": Image.new("RGB", (20, 30), "grey")}
    clothes = [search(folder, name, image, edits, "fashion") for name, image in things.items() for edits in ({}, crop)]
    rgb = files.pixels(pictures["scene 0"])
    looks = []
    for look in (
        Look.whole((90, 128)),
        Look(-20, 10, 60),
        Look(30.5, 40.25, 200),
        Look(-20, -10, 150, (0.2, 0.5, 0.9)),
    ):
        seen = look.at(rgb[:90], 32)
        logits, kinds = network.load()(torch.from_numpy(seen.transpose(2, 0, 1))[None])
        looks.append(
            vars(look) | {"seen": seen.ravel().tolist(), "ink": logits.ravel().tolist(), "kinds": kinds[0].tolist()}
        )
    return {
        "weights": str(network.WEIGHTS),
        "cases": cases,
        "clothes": clothes,
        "rgb": {"values": rgb[:90].ravel().tolist(), "height": 90, "width": 128},
        "looks": looks,
        "layout": json.loads(LAYOUT.read_text("utf-8")),
    }


def search(folder: Path, name: str, image: Image.Image, edits: dict, data: str = "mnist") -> dict:
    """An image as RGBA bytes in a file, and what is found in it, or None."""
    path = folder / f"{name}.rgba"
    path.write_bytes(image.convert("RGBA").tobytes())
    case = {"name": f"{name} {edits}", "path": str(path), "width": image.width, "height": image.height, "edits": edits}
    try:
        found = find(image, Edits(**edits), data)
    except NoDigit:
        return case | {"found": None}
    return case | {"found": vars(found) | {"image": found.image.ravel().tolist()}}


def terms() -> list[dict]:
    """The terms of the loss of a few images."""
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.random((3, 784)))
    logits = torch.from_numpy(rng.normal(0, 3, (3, 784)))
    mu, logvar = (torch.from_numpy(rng.normal(0, 1, (3, 20))) for _ in range(2))
    rows = {
        "x": x,
        "x_hat": torch.sigmoid(logits),
        "bernoulli": losses.bernoulli(x, logits),
        "gaussian": losses.gaussian(x, torch.sigmoid(logits)),
        "mu": mu,
        "logvar": logvar,
        "kl": losses.kl(mu, logvar),
    }
    return [{name: values[k].tolist() for name, values in rows.items()} for k in range(3)]


BETA, LR, STEPS = 0.7, 1e-3, 50


def training(kind: str, variational: bool) -> dict:
    """A small model trained by PyTorch: its first weights, batches and noise, the gradients of the first step, the
    losses of each step, and its last weights."""
    torch.manual_seed(0)
    hidden = 60
    config = VAEConfig(2, (hidden,), 0, (hidden,), activation="relu", variational=variational)
    model = VAE(config)
    with np.load(ROOT / "tests" / "data" / "digits.npz") as file:
        x = torch.from_numpy(file["images"].reshape(-1, 784)).float() / 255
    x = x[torch.randperm(len(x))]
    batches = [(x[k : k + 32], torch.randn(32, 2)) for k in range(0, 160, 32)]
    begun = {name: weight.detach().flatten().tolist() for name, weight in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), LR)
    rows, first = [], {}
    for step in range(STEPS):
        images, eps = batches[step % len(batches)]
        mu, logvar = model.posterior(images)
        z = model.reparameterize(mu, logvar, eps) if variational else mu
        reconstruction, kl = model.reconstruction(images, model.logits(z)).mean(), model.kl(mu, logvar).sum(1).mean()
        optimizer.zero_grad()
        (reconstruction + BETA * kl).backward()
        if not step:
            first = {name: weight.grad.flatten().tolist() for name, weight in model.named_parameters()}
        optimizer.step()
        rows.append({"reconstruction": reconstruction.item(), "kl": kl.item()})
    return {
        "kind": kind,
        "options": {"latent_dim": 2, "hidden": hidden, "variational": variational, "batch": 32},
        "weights": begun,
        "batches": [{"x": images.flatten().tolist(), "eps": eps.flatten().tolist()} for images, eps in batches],
        "first": first,
        "losses": rows,
        "last": {name: weight.detach().flatten().tolist() for name, weight in model.state_dict().items()},
    }


def forces(checkpoints: Path, name: str) -> dict:
    """Gradients of an image's two terms with respect to its posterior, by PyTorch."""
    model, card = VAE.from_pretrained(checkpoints / name), checkpoint.read_card(checkpoints / name)
    with np.load(ROOT / "tests" / "data" / "digits.npz") as file:
        x = torch.from_numpy(file["images"].reshape(-1, 784)[61]).float() / 255
    with torch.no_grad():
        mu, logvar = (part[0] for part in model.encode(x[None]))
    noise = torch.randn(12, model.latent_dim, generator=torch.Generator().manual_seed(3))
    mu, logstd = mu.requires_grad_(), (logvar / 2).requires_grad_()
    terms = model.reconstruction(x.expand(len(noise), -1), model.logits(mu + logstd.exp() * noise)).mean()
    by_mu, by_logstd = torch.autograd.grad(terms, (mu, logstd))
    return {
        "name": name,
        "weights": str(checkpoints / name / "model.safetensors"),
        "activation": model.config.activation,
        "likelihood": model.config.likelihood,
        "beta": card.metrics["training"]["beta"],
        "x": x.tolist(),
        "mu": mu.tolist(),
        "logvar": logvar.tolist(),
        "noise": noise.tolist(),
        "push": (-by_mu).tolist(),
        "shrink": (-by_logstd).tolist(),
        "reconstruction": terms.item(),
        "kl": losses.kl(mu.detach(), logvar)[None].sum().item(),
    }


@pytest.fixture(scope="module")
def golden(checkpoints, tmp_path_factory) -> Path:
    halves = np.arange(65536, dtype=np.uint16).view(np.float16).astype(float)
    path = tmp_path_factory.mktemp("golden") / "golden.json"
    path.write_text(
        json.dumps(
            {
                "kernels": KERNELS,
                "models": networks(checkpoints),
                "geodesics": geodesics(checkpoints),
                "statistics": statistics(),
                "paths": paths(),
                "mixture": mixture(checkpoints),
                "nearest": neighbours(),
                "plane": plane(checkpoints),
                "ranges": ranges(checkpoints),
                "ink": ink(tmp_path_factory.mktemp("ink")),
                "losses": terms(),
                "training": [training("VAE", True), training("AE", False)],
                "trainingRates": {"beta": BETA, "lr": LR},
                "forces": [
                    forces(checkpoints, name) for name in ("mnist-vae-2d", "mnist-vae-2d-beta4", "mnist-vae-20d")
                ],
                "atlas": atlas(checkpoints),
                "halves": [str(value) for value in halves],
            }
        )
    )
    return path


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "tests" / "js").glob("*.test.mjs")))
def test_script(script, golden):
    done = subprocess.run(
        [node(), "--test", f"tests/js/{script}"],
        cwd=ROOT,
        env={**os.environ, "GOLDEN": str(golden)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "# pass 0" not in done.stdout and "ℹ pass 0" not in done.stdout


# Which folders of ui/static may import which: maths and draw know nothing of the page, no view knows another tab's.
ALLOWED = {
    "maths": {"maths"},
    "draw": {"draw", "vendor"},
    "vendor": set(),
    "state": {"state", "maths"},
    "host": {"host", "state"},
    "explore": {"explore", "state", "draw", "maths"},
    "map": {"map", "state", "draw", "maths"},
    "lecture": {"lecture", "state", "draw", "maths"},
    "morph": {"morph", "state", "draw", "maths"},
    "models": {"models", "state", "draw", "maths"},
    "help": {"help", "state", "draw", "maths"},
    "views.js": {"explore", "map", "lecture", "morph", "models", "help"},
    "page.js": {"state", "draw", "views.js"},
    "start": {"host", "page.js"},
}
PAGE = {"document", "window", "navigator", "localStorage"}  # what pure scripts do without


def test_scripts_import_in_one_direction():
    static = ROOT / "ui" / "static"
    for path in static.rglob("*.js"):
        folder = path.relative_to(static).parts[0]
        for target in re.findall(r'(?:from|import)\s*\(?"([^"]+)"', path.read_text("utf-8")):
            assert target.startswith("."), f"{path.name} imports {target}, which is not ours"
            other = (path.parent / target).resolve()
            assert other.exists(), f"{path.name} imports {target}, which is not there"
            assert other.relative_to(static).parts[0] in ALLOWED[folder], f"{folder}/{path.name} imports {target}"


def test_views_import_no_global_and_maths_no_page():
    static = ROOT / "ui" / "static"
    for path in static.rglob("*.js"):
        folder, text = path.relative_to(static).parts[0], re.sub(r"//.*|/\*[\s\S]*?\*/", "", path.read_text("utf-8"))
        if path.name != "page.js":
            assert "window.explorer" not in text, path
        if folder == "maths":
            assert not PAGE & set(re.findall(r"\b[a-zA-Z]+\b", text)), path
        if folder not in ("host", "start", "page.js"):
            assert "gradio" not in text.lower(), f"{path} knows who serves it"
