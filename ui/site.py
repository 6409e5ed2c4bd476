"""Writes the explorer as plain files, which any file server can offer: no Python behind it.

    python -m ui.site OUT

What needs a server says so there: animated WebP, and image files that browsers do not read.
"""

import argparse
import hashlib
import html
import json
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ui.page import ROOT, STATIC, styles, template, with_words
from ui.publish import copied, digest, offered, publish, settings
from ui.words import sentence
from vae.checkpoint import FILES, Card

MARK = "latent-explorer-site.json"  # a folder that holds it was written here, and may be written anew
PREVIEW = ROOT / "docs" / "preview.png"
START = """<script type="module">
const settings = {told};
const {{ start, makeHost }} = await import(new URL(settings.scripts + "/start/static.js", document.baseURI));
start(() => makeHost(settings)).show(document.querySelector("#latent-explorer"));
if ("serviceWorker" in navigator) {{
  const keep = () => navigator.serviceWorker.register("service-worker.js");
  if (document.readyState === "complete") keep();
  else addEventListener("load", keep);
}}
</script>"""
# What Hugging Face reads at the top of a Space's README.md
SPACE = """---
title: {title}
emoji: 🔢
colorFrom: indigo
colorTo: gray
sdk: static
app_file: index.html
license: mit
short_description: {lead}
---

{description}

Written by `python -m ui.site`. As a Space: `hf upload USER/NAME . . --repo-type space`.
"""


def write(out: Path, checkpoints: Path = ROOT / "checkpoints", url: str = "") -> list[str]:
    """Write the site. In a folder that a site was written to before, that one is replaced, and nothing else.

    Args:
        out: a folder, new, empty or written here before.
        checkpoints: the folder of the models.
        url: where the site will lie, ending in "/": others show its preview with a link only by its whole address.
    Returns:
        Sentences about models that were left out.
    Raises:
        ValueError: the folder holds something else, or there is no model.
    """
    out = out.resolve()
    written = entries(out)
    cards, default, problems = offered(checkpoints)
    if default is None:
        raise ValueError(sentence("problem.no_models"))
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".new-") as folder:
        write_files(Path(folder), cards, default, url)
        for name in written:
            remove(out / name)
        for path in list(Path(folder).iterdir()):
            remove(out / path.name)
            path.rename(out / path.name)
    return [sentence(problem["code"], detail=problem["detail"]) for problem in problems]


def entries(out: Path) -> list[str]:
    """What lies in a folder of a site that was written before.

    Raises:
        ValueError: the folder is not empty, and no site was written to it.
    """
    if not out.exists():
        return []
    if (out / MARK).is_file():
        return json.loads((out / MARK).read_text("utf-8"))["entries"]
    if not out.is_dir() or any(out.iterdir()):
        raise ValueError(f"{out} holds something else: name a new folder, or an empty one.")
    return []


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that it holds; nothing where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_files(out: Path, cards: dict[str, Card], default: str, url: str) -> None:
    """Write all files of the site into an empty folder."""
    told = settings(cards, default, [], publish(out), model_url)
    for card in cards.values():
        for name in FILES:
            if (card.folder / name).exists():
                copied(card.folder / name, out / "models" / card.name / name)
    if PREVIEW.exists():
        copied(PREVIEW, out / "preview.png")
    whole = page(told, url)
    (out / "index.html").write_text(whole, "utf-8")
    worker = (STATIC / "host" / "service-worker.js").read_text("utf-8")
    (out / "service-worker.js").write_text(f"{kept(out, told, whole)}\n{worker}", "utf-8")
    title, lead = sentence("page.title"), "Walk through the latent space of a VAE, by hand"
    readme = SPACE.format(title=title, lead=lead, description=sentence("page.description"))
    (out / "README.md").write_text(readme, "utf-8")
    names = sorted(path.name for path in out.iterdir())
    (out / MARK).write_text(json.dumps({"entries": [*names, MARK]}) + "\n", "utf-8")


def kept(out: Path, told: dict[str, Any], page: str) -> str:
    """What the service worker is told: the page's version, and which files it keeps, at once and once they are used."""
    scripts = [path.relative_to(out).as_posix() for path in (out / told["scripts"]).rglob("*") if path.is_file()]
    examples = [name for pair in told["examples"] for name in pair]
    first = [told["plotly"], told["ink"], told["icon"], *sorted(scripts), *examples]
    metrics = [parts["metrics"] for parts in told["files"].values() if "metrics" in parts]
    formulas = [path.relative_to(out).as_posix() for path in (out / told["katex"]).rglob("*") if path.is_file()]
    later = [*told["originals"].values(), *metrics, *sorted(formulas)]
    version = hashlib.sha256(page.encode()).hexdigest()[:16]
    return f"self.SITE = {json.dumps({'version': version, 'first': first, 'later': later})};\n"


def page(told: dict[str, Any], url: str) -> str:
    """index.html: the same template and styles as the Gradio page."""
    scripts = told["scripts"]
    icon = f'<link rel="icon" href="{told["icon"]}" type="image/svg+xml">'
    head = f'{icon}\n<link rel="modulepreload" href="{scripts}/start/static.js">\n<style>\n{styles()}</style>'
    start = START.format(told=json.dumps(told, ensure_ascii=False).replace("<", "\\u003c"))
    whole = with_words((STATIC / "site.html").read_text("utf-8"))
    for name, part in (("head", head), ("url", html.escape(url)), ("page", template()), ("start", start)):
        whole = whole.replace(f"<!-- {name} -->", part)
    return whole


def model_url(card: Card, name: str) -> str:
    """Where the site has a file of a model; new content gets a new address."""
    return f"models/{quote(card.name)}/{name}?v={digest(card.folder / name)[:12]}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ui.site", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder: new, empty, or written by this command before")
    parser.add_argument(
        "--checkpoints", type=Path, default=ROOT / "checkpoints", help="the folder of the models (default: checkpoints)"
    )
    parser.add_argument("--url", default="", help="where the site will lie, for the preview that is shown with links")
    args = parser.parse_args()
    url = args.url and args.url.rstrip("/") + "/"
    try:
        for problem in write(args.out, args.checkpoints, url):
            print(problem, file=sys.stderr)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file()) / 1e6
    command = f"python -m http.server --directory {shlex.quote(str(args.out))}"
    print(f"{args.out}: {size:.0f} MB. Offer it with any file server: {command}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
