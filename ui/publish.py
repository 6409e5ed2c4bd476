"""What browsers load, for both hosts: scripts, words, images, Plotly, KaTeX; and what the page is told at its start."""

import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ui.figures import CLASSES, CONFIG, PALETTE, latent_map
from ui.page import EXAMPLES_FOLDER, ICON, INK, KATEX, ORIGINALS, PAIRS, PLOTLY, STATIC
from ui.words import LANGUAGES, STRINGS
from vae import __version__
from vae.checkpoint import Card, read_all

DEFAULT = "mnist-vae-20d"
BUNDLE = Path(__file__).parent / "bundle"  # see tools/bundle.mjs
PARTS = {"model": "model.safetensors", "atlas": "atlas.safetensors", "metrics": "metrics.json"}
HEADER_BYTES = 8  # of a .safetensors file, before its header: how long that is


def offered(checkpoints: str | Path) -> tuple[dict[str, Card], str | None, list[dict[str, str]]]:
    """The models of a folder, the default one first; its name, None without any; and what is wrong with the others."""
    cards, problems = read_all(checkpoints)
    default = DEFAULT if DEFAULT in cards else next(iter(cards), None)
    if default:
        cards = {default: cards[default]} | cards
    sentences = [{"code": "problem.checkpoint", "detail": detail} for detail in problems]
    if not cards:
        sentences.append({"code": "problem.no_models"})
    return cards, default, sentences


def publish(root: Path) -> dict[str, Any]:
    """Copy what every page needs to a folder that browsers may read.

    What is copied is named by its content, or lies in a folder that is, so that no cache serves last month's.

    Args:
        root: a folder.
    Returns:
        The addresses, relative to the folder: {scripts, strings: {language}, plotly, katex, ink, icon,
        originals: {dataset}, examples: pairs}.
    """

    def together(name: str, files: dict[str, Path]) -> str:
        content = hashlib.sha256()
        for own, path in sorted(files.items()):
            content.update(own.encode() + path.read_bytes())
        folder = f"{name}-{content.hexdigest()[:16]}"
        for own, path in files.items():
            copied(path, root / folder / own)
        return folder

    words = {f"{language}.json": STRINGS / f"{language}.json" for language in LANGUAGES}
    folder = together("scripts", scripts() | words)
    katex = {path.relative_to(KATEX).as_posix(): path for path in KATEX.rglob("*") if path.is_file()}

    def named(path: Path) -> str:
        name = f"{path.stem}-{digest(path)[:16]}{path.suffix}"
        copied(path, root / name)
        return name

    return {
        "scripts": folder,
        "strings": {language: f"{folder}/{language}.json" for language in LANGUAGES},
        "plotly": named(PLOTLY),
        "katex": together("katex", katex),
        "ink": named(INK),
        "icon": named(ICON),
        "originals": {dataset: named(ORIGINALS / f"{dataset}.png") for dataset in CLASSES},
        "examples": [[named(EXAMPLES_FOLDER / name) for name in pair] for pair in PAIRS],
    }


def scripts() -> dict[str, Path]:
    """The files of the page's scripts, by where they lie in the published folder.

    The bundle, where it was made from what static/ holds now, and else the single modules: nothing has to be built
    before an edited script can be run. MODULES=1 in the environment asks for the modules.
    """
    if os.environ.get("MODULES") != "1" and is_current():
        found = {path.relative_to(BUNDLE).as_posix(): path for path in BUNDLE.rglob("*.js")}
    else:
        found = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*.js")}
    return found | {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*.wasm")}


def is_current() -> bool:
    """Whether the bundle was made from the scripts as they are."""
    record = BUNDLE / "sources.json"
    if not record.exists():
        return False
    made_from = json.loads(record.read_text("utf-8"))
    return all((STATIC / name).exists() and digest(STATIC / name) == own for name, own in made_from.items())


def settings(
    cards: dict[str, Card],
    first: str | None,
    problems: list[dict],
    published: dict[str, Any],
    file: Callable[[Card, str], str],
) -> dict[str, Any]:
    """What the browser is told, see static/host/settings.js.

    Args:
        cards: the models, the first to be opened one of them.
        first: its name, or None where there is no model.
        problems: {code, ...params} of sentences about models that cannot be shown.
        published: the addresses that `publish` gives, relative to the page.
        file: where a file of a model lies, by its card and name.
    """
    files = {
        name: {part: file(card, own) for part, own in PARTS.items() if (card.folder / own).exists()}
        for name, card in cards.items()
    }
    opened = files[first] if first else {}
    return published | {
        "version": __version__,
        "models": [describe(card) for card in cards.values()],
        "first": first,
        "problems": problems,
        "files": files,
        "headers": {
            opened[part]: header(cards[first].folder / PARTS[part])
            for part in ("model", "atlas")
            if first and part in opened
        },
        "figures": {dataset: latent_map(dataset).to_plotly_json() for dataset in CLASSES},
        "config": CONFIG,
        "classes": CLASSES,
        "palette": PALETTE,
    }


def describe(card: Card) -> dict[str, Any]:
    """What the browser needs to know of a model to show it."""
    return card.summary | {
        "layers": layers(card.config),
        "warp": card.config.get("warp"),
        "beta": card.metrics["training"]["beta"],
        "activation": card.config["activation"],
        "likelihood": card.config.get("likelihood", "bernoulli"),
        "unusual": card.unusual if math.isfinite(card.unusual) else None,
    }


def layers(config: dict[str, Any]) -> dict[str, list[int]]:
    """Widths of the encoder's and of the decoder's layers, the first and the last included."""
    codes = config["latent_dim"] * (2 if config["variational"] else 1)
    return {
        "encoder": [784, *config["encoder_hidden"], codes],
        "decoder": [config["latent_dim"], *config["decoder_hidden"], 784],
    }


def header(path: Path) -> dict[str, Any]:
    """What a .safetensors file holds and where: {header, start}, the browser's first question about a model."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(HEADER_BYTES), "little")
        return {"header": json.loads(file.read(length)), "start": HEADER_BYTES + length}


def located(addresses: Any, at: Callable[[str], str]) -> Any:
    """The same addresses, each put in its place."""
    if isinstance(addresses, str):
        return at(addresses)
    if isinstance(addresses, dict):
        return {key: located(value, at) for key, value in addresses.items()}
    return [located(value, at) for value in addresses]


def copied(path: Path, target: Path) -> None:
    """Copy a file to where its folder may not be yet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
