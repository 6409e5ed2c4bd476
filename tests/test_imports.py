"""Imports point one way, app -> ui -> vae and train -> vae, and do no work."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tools import architecture

ROOT = Path(__file__).parent.parent
OURS = ("app", "train", "ui", "vae", "bench", "tools", "tests")
MAY_IMPORT = {  # every part may import itself
    "app": {"ui", "vae"},
    "train": {"vae"},
    "ui": {"vae"},
    "vae": set(),
    "tools": {"train", "vae"},
    "bench": {"app", "tools", "ui", "vae"},
}
NOT_IN_VAE = {"gradio", "gradio_client", "plotly", "fastapi", "playwright"}


def modules(part: str) -> list[Path]:
    """The files of a part: a module, or a package."""
    folder = ROOT / part
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{part}.py"]


def imported(path: Path) -> set[str]:
    """The packages that a file imports, at its top or inside of functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = path.relative_to(ROOT).parts[0]
            names.add(node.module.split(".")[0] if node.level == 0 else inside)
    return names


FILES = [(part, path) for part in MAY_IMPORT for path in modules(part)]


@pytest.mark.parametrize(("part", "path"), FILES, ids=[str(path.relative_to(ROOT)) for _, path in FILES])
def test_imports_point_one_way(part, path):
    names = imported(path)
    assert names & set(OURS) <= MAY_IMPORT[part] | {part}
    if part == "vae":
        assert not names & NOT_IN_VAE


def test_every_module_of_the_project_is_looked_at():
    found = {path for _, path in FILES}
    assert {ROOT / "app.py", ROOT / "train.py", ROOT / "vae" / "images" / "ink.py", ROOT / "ui" / "api.py"} <= found
    assert {path.parent.name if path.name == "__init__.py" else path.stem for path in ROOT.glob("*.py")} == {
        "app",
        "train",
    }


def test_the_picture_of_the_parts_is_current():
    assert architecture.PICTURE.read_text("utf-8") == architecture.picture()


def named(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_the_page_does_without_torch_and_serving_imports_it_with_the_first_call():
    """Importing it takes seconds, which the first visitor would wait; what training needs is never imported."""
    page = ["app", "vae", "vae.checkpoint", "vae.sampler", "vae.config", *map(named, modules("ui"))]
    program = f"""
import sys, {", ".join(page)}
from ui.page import EXAMPLES_FOLDER, PAIRS
from ui.api import Api
from ui.publish import offered
def seen():
    print(*(name for name in ("torch", "torchvision", "sklearn", "skimage", "matplotlib") if name in sys.modules))
seen()
app.build()
seen()
api = Api(*offered(app.ROOT / "checkpoints")[:2])
x = api.read(EXAMPLES_FOLDER / PAIRS[0][0], "mnist").image
mu, _ = api.encode_image(x, api.model(None))
assert len(mu) == 20 and len(api.sample(2, "data")["z"]) == 2
seen()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if "Loading weights" not in line]  # as huggingface_hub says
    assert lines == ["", "", "torch"]


def test_importing_writes_nothing_starts_nothing_and_prints_nothing(tmp_path):
    code = f"""
import os, sys, threading
sys.dont_write_bytecode = True

def watch(event, args):
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        print("opened", args[0], args[1])
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.remove", "os.rename"):
        import traceback
        if any(frame.filename.startswith({str(ROOT)!r}) for frame in traceback.extract_stack()):
            print(event, args)

import gradio, torch, torchvision, scipy.ndimage, skimage.filters, sklearn.mixture, plotly.graph_objects  # not ours
threads = threading.active_count()
sys.addaudithook(watch)
import {", ".join(name for part in ("vae", "ui", "train", "app") for name in map(named, modules(part)))}
assert threading.active_count() == threads, threading.enumerate()
"""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
