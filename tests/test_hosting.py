"""Hosting: what README says of Spaces, run against a stand-in for the Hub; the container's recipe; the requirements."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from huggingface_hub import RepoCard
from packaging.requirements import Requirement

from tests.hub import Hub
from tools.browser import ROOT, node, running, serve
from ui import site
from vae import VAE

README = (ROOT / "README.md").read_text("utf-8")


def with_scripts():
    """The environment, with the commands of this Python's packages on the path."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


@pytest.fixture
def hub(tmp_path):
    """A stand-in for the Hub, and the environment that points at it."""
    hub = Hub()
    with running(hub.app) as address:
        hub.environment = {
            **with_scripts(),
            "HF_ENDPOINT": address.rstrip("/"),
            "HF_HOME": str(tmp_path / "home"),
            "HF_TOKEN": "hf_of_nobody",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_XET": "1",  # its storage is a protocol of its own
        }
        yield hub


def commands(heading):
    """The shell commands of a part of README."""
    part = README.split(f"\n### {heading}\n")[1].split("\n### ")[0].split("\n## ")[0]
    return "\n".join(re.findall(r"```bash\n(.*?)```", part, re.DOTALL))


def run(script, hub, cwd):
    done = subprocess.run(["bash", "-ec", script], cwd=cwd, env=hub.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_static_space_is_the_site(hub, tmp_path):
    script = commands("On Hugging Face, free: a static Space").replace("../site", str(tmp_path / "site"))
    assert "ui.site" in script and "hf upload" in script
    run(script, hub, ROOT)
    files = hub.files["spaces", "USER/NAME"]
    assert {"index.html", "README.md", "service-worker.js"} <= files.keys() and not hub.refused
    assert b"sdk: static" in files["README.md"]
    written = {
        path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*") if path.is_file()
    }
    assert written - {".gitattributes"} <= files.keys()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone: git archive has nothing to export")
def test_a_gradio_space_is_a_clean_export(hub, tmp_path):
    script = commands("On Hugging Face, with the endpoints: a Gradio Space").replace(
        "../space", str(tmp_path / "space")
    )
    assert "git archive" in script and "hf upload" in script
    run(script, hub, ROOT)
    files = hub.files["spaces", "USER/NAME"]
    assert {"app.py", "README.md", "requirements.txt", "checkpoints/mnist-vae-20d/model.safetensors"} <= files.keys()
    assert not [
        name for name in files if name.startswith(("tests/", "bench/", "tools/", ".git/", "node_modules/", "runs/"))
    ]
    assert not hub.refused and max(map(len, files.values())) < 10e6


def test_a_model_goes_to_the_hub_and_back(hub, checkpoints):
    program = f"""
from vae import VAE
VAE.from_pretrained({str(checkpoints / "mnist-vae-2d")!r}).push_to_hub("USER/MODEL")
model = VAE.from_pretrained("USER/MODEL")
import torch
torch.save(model.decode(torch.ones(3, 2)), "decoded.pt")
"""
    folder = Path(hub.environment["HF_HOME"]).parent
    environment = hub.environment | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, check=True, capture_output=True)
    assert {"README.md", "config.json", "model.safetensors"} <= hub.files["models", "USER/MODEL"].keys()
    expected = VAE.from_pretrained(checkpoints / "mnist-vae-2d").decode(torch.ones(3, 2))
    torch.testing.assert_close(torch.load(folder / "decoded.pt"), expected, atol=2e-3, rtol=0)


def test_readme_says_to_a_space_what_it_is():
    card = RepoCard(README).data.to_dict()
    assert card["sdk"] == "gradio" and (ROOT / card["app_file"]).is_file()
    assert len(card["short_description"]) <= 60
    (gradio,) = [one for one in requirements("requirements.txt") if one.name == "gradio"]
    assert gradio.specifier.contains(card["sdk_version"])


def requirements(name):
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-train.txt", "requirements-dev.txt"])
def test_what_is_tested_is_what_is_allowed(name):
    locked = {one.name.lower().replace("_", "-"): one for one in requirements("constraints.txt")}
    for one in requirements(name):
        (exact,) = locked[one.name.lower().replace("_", "-")].specifier
        assert one.specifier.contains(exact.version), one


def test_zero_gpu_can_resolve_what_running_needs():
    """Its builder caps torch below 2.14 and offers Python 3.12."""
    (torch_needed,) = [one for one in requirements("requirements.txt") if one.name == "torch"]
    assert torch_needed.specifier.contains("2.13.0") and torch_needed.specifier.contains("2.8.0")


def test_on_zero_gpu_the_search_for_geodesics_is_what_a_gpu_is_lent_to(tmp_path):
    (tmp_path / "spaces.py").write_text("lent = []\ndef GPU(fn):\n    lent.append(fn.__name__)\n    return fn\n")
    program = "import spaces, ui.api; print(spaces.lent)"
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['search']"


def test_the_container_s_recipe_is_clean_and_copies_what_there_is():
    done = subprocess.run(["hadolint", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, env=with_scripts())
    assert done.returncode == 0, done.stdout
    recipe = (ROOT / "Dockerfile").read_text("utf-8")
    ignored = (ROOT / ".dockerignore").read_text("utf-8")
    for line in re.findall(r"^COPY (.*) \./\S*$", recipe, re.MULTILINE):
        for name in line.split():
            assert (ROOT / name).exists() and f"!{name}" in ignored
    assert "USER 1000" in recipe and "HEALTHCHECK" in recipe


def block(language):
    part = README.split("\n## Call it from a program\n")[1].split("\n## ")[0]
    return re.search(rf"```{language}\n(.*?)```", part, re.DOTALL)[1]


@pytest.fixture(scope="module")
def address():
    with serve() as (address, _):
        yield address


@pytest.mark.parametrize(
    ("language", "command", "told"),
    [
        ("python", lambda: [sys.executable, "-c"], "20 16"),
        ("bash", lambda: ["bash", "-ec"], "event: complete"),
        ("js", lambda: [node(), "--input-type=module", "-e"], "mnist-vae-20d: 20"),
    ],
)
def test_readme_s_examples_for_programs_run(address, language, command, told):
    if language == "bash" and shutil.which("curl") is None:
        pytest.skip("no curl here")
    program = block(language).replace("http://127.0.0.1:7860/", address).replace("http://127.0.0.1:7860", address[:-1])
    if language == "python":
        program += "print(len(code['mu']), len(path['z']))"
    done = subprocess.run([*command(), program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert told in done.stdout


def test_the_preview_of_a_shared_link_is_there():
    assert site.PREVIEW.is_file()
