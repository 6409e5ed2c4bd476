"""What browsers load: the bundle is made from the scripts as they are, and nothing has to be built to edit them."""

import os
import re
import shutil
import subprocess

import pytest
from safetensors import safe_open

from tools.browser import ROOT, node
from ui import publish
from ui.page import PLOTLY, template
from ui.publish import BUNDLE, STATIC, header, is_current, offered, scripts
from vae import __version__


def test_the_version_is_the_changelog_s_newest_release():
    newest = re.search(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M
    )
    assert newest and newest[1] == __version__


def test_the_bundle_is_made_from_the_scripts_as_they_are():
    assert is_current(), "the scripts have changed since: npm run bundle"


def test_the_bundle_is_what_the_bundler_makes(tmp_path):
    if not (ROOT / "node_modules" / "esbuild").exists():
        if os.environ.get("CI"):
            pytest.fail("no esbuild here: npm ci")
        pytest.skip("no esbuild here: npm ci")
    subprocess.run([node(), "tools/bundle.mjs", tmp_path / "bundle"], cwd=ROOT, check=True)

    def files(folder):
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}

    assert files(tmp_path / "bundle") == files(BUNDLE)


def test_an_edited_script_is_served_as_it_is(monkeypatch, tmp_path):
    copy = tmp_path / "static"
    shutil.copytree(STATIC, copy)
    monkeypatch.setattr(publish, "STATIC", copy)
    assert "page.js" not in scripts() and "start/gradio.js" in scripts()
    (copy / "page.js").write_text("// edited")
    assert scripts()["page.js"].read_text() == "// edited"
    assert {"start/gradio.js", "maths/worker.js", "maths/kernel.wasm", "explore/digit.js"} <= scripts().keys()


def test_modules_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("MODULES", "1")
    assert "page.js" in scripts()


def test_each_file_is_named_by_its_content(tmp_path):
    published = publish.publish(tmp_path)
    for name in (published["plotly"], published["ink"], *published["originals"].values()):
        assert (tmp_path / name).is_file()
        assert publish.digest(tmp_path / name)[:16] in name
    assert all((tmp_path / name).is_file() for pair in published["examples"] for name in pair)
    assert all((tmp_path / name).is_file() for name in published["strings"].values())
    assert (tmp_path / published["scripts"] / "start" / "static.js").is_file()


def test_what_the_page_knows_of_the_first_model_is_what_its_files_say(checkpoints):
    cards, default, _ = offered(checkpoints)
    for name in ("model.safetensors", "atlas.safetensors"):
        path = cards[default].folder / name
        told = header(path)
        with safe_open(path, "np") as file:
            assert set(told["header"]) - {"__metadata__"} == set(file.keys())
        last = max(tensor["data_offsets"][1] for key, tensor in told["header"].items() if key != "__metadata__")
        assert told["start"] + last == path.stat().st_size


def test_plotly_is_what_its_note_says():
    note = (PLOTLY.parent / "README.md").read_text("utf-8")
    assert PLOTLY.name in note and publish.digest(PLOTLY) in note
    assert (PLOTLY.parent / "plotly-LICENSE").is_file()


def test_every_view_that_the_template_asks_for_is_known():
    asked = set(re.findall(r'data-view="([\w/]+)"', template()))
    assert asked == set(re.findall(r'"([\w/]+)": \(\) => import', (STATIC / "views.js").read_text("utf-8")))
