"""The static site as files; tests/browser/test_static.py uses it."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import RepoCard

from tools.browser import ROOT
from ui import site
from vae import VAE

NAME = "mnist-vae-2d"


@pytest.fixture(scope="module")
def small(tmp_path_factory, checkpoints):
    """A folder with one model."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(checkpoints / NAME, folder / NAME)
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory, small):
    out = tmp_path_factory.mktemp("sites") / "site"
    assert site.write(out, small) == []
    return out


def told(out):
    return json.loads(re.search(r"const settings = (\{.*\});", (out / "index.html").read_text("utf-8"))[1])


def test_all_addresses_are_relative_and_there(written):
    settings = told(written)
    addresses = [settings[key] for key in ("plotly", "ink", "icon")]
    addresses += [*settings["strings"].values(), *settings["originals"].values()]
    addresses += [name for pair in settings["examples"] for name in pair]
    addresses += [address.split("?")[0] for parts in settings["files"].values() for address in parts.values()]
    assert all((written / address).is_file() for address in addresses)
    page = (written / "index.html").read_text("utf-8")
    for name, address in re.findall(r'<(?:link|script|img)[^>]* (href|src)="([^"]*)"', page):
        assert (written / address).is_file(), (name, address)
    kept = json.loads(re.search(r"self.SITE = (\{.*\});", (written / "service-worker.js").read_text("utf-8"))[1])
    assert all((written / name.split("?")[0]).is_file() for name in kept["first"] + kept["later"])
    assert {settings["plotly"], settings["ink"], *settings["examples"][0]} <= set(kept["first"])


def test_the_preview_has_a_whole_address_where_the_site_s_own_is_known(small, tmp_path):
    site.write(tmp_path / "site", small, "https://example.org/explorer/")
    page = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert '<meta property="og:image" content="https://example.org/explorer/preview.png">' in page


def test_its_models_are_those_that_pytorch_reads(written):
    assert VAE.from_pretrained(written / "models" / NAME).latent_dim == 2
    assert (written / "models" / NAME / "README.md").is_file()


def test_it_says_what_it_is_to_a_space(written):
    card = RepoCard.load(written / "README.md").data.to_dict()
    assert card["sdk"] == "static" and card["app_file"] == "index.html"
    assert len(card["short_description"]) <= 60  # the Hub refuses longer ones


def test_it_is_replaced_and_nothing_else_ever_is(written, small, tmp_path):
    out = tmp_path / "site"
    shutil.copytree(written, out)
    before = {path.name for path in out.iterdir()}
    (out / ".git").mkdir()
    (out / "CNAME").write_text("example.org")
    (out / "models" / "old").mkdir()
    site.write(out, small)
    assert {path.name for path in out.iterdir()} == before | {".git", "CNAME"}
    assert not (out / "models" / "old").exists() and [path.name for path in tmp_path.iterdir()] == ["site"]
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "thesis.tex").write_text("mine")
    for taken in (other, other / "thesis.tex"):
        with pytest.raises(ValueError, match="holds something else"):
            site.write(taken, small)
    assert (other / "thesis.tex").read_text() == "mine"


def test_it_is_written_to_the_present_folder_again_and_again_and_through_a_link(small, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    for out in (".", ".", tmp_path / "link"):
        site.write(Path(out), small)
        assert (tmp_path / "here" / "index.html").is_file()
    assert (tmp_path / "link").is_symlink()


def test_a_damaged_model_is_left_out_and_said(small, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(small, models)
    shutil.copytree(small / NAME, models / "broken")
    (models / "broken" / "config.json").write_text("{")
    (sentence,) = site.write(tmp_path / "site", models)
    assert "broken" in sentence
    assert str(models) not in sentence and str(models) not in (tmp_path / "site" / "index.html").read_text("utf-8")
    assert set(told(tmp_path / "site")["files"]) == {NAME}


def test_the_command_says_what_it_wrote_and_what_is_wrong(small, tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "ui.site", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    done = run(tmp_path / "new" / "site", "--checkpoints", small)
    assert done.returncode == 0 and "MB" in done.stdout and (tmp_path / "new" / "site" / "index.html").is_file()
    (tmp_path / "empty").mkdir()
    for arguments in ((tmp_path,), (tmp_path / "other", "--checkpoints", tmp_path / "empty")):
        done = run(*arguments)
        assert done.returncode == 1 and "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1
