"""The Gradio page elsewhere: in another program, behind a proxy, in a frame, as another user, rendered by Node."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.browser.conftest import Watch, wait_until_ready
from tests.browser.helpers import draw_at_random
from tools.browser import ROOT, free_port, running, serve, serve_files, wait_for

WITHIN = """
import os, fastapi, gradio as gr, uvicorn, app
page, mounting = app.build()
outer = fastapi.FastAPI()

@outer.get("/")
def home():
    return "another program"

uvicorn.run(gr.mount_gradio_app(outer, page, path="/gradio", **mounting), port=int(os.environ["GRADIO_SERVER_PORT"]))
"""


def use(browser, address, **options):
    """Open the page as a visitor, move z, choose another model; no error, and no request to anyone else."""
    with browser.new_context(viewport={"width": 1280, "height": 800}, **options) as context:
        watch = Watch(address)
        page = context.new_page()
        watch.over(page)
        page.goto(address)
        wait_until_ready(page)
        draw_at_random(page)
        page.select_option("#model", "mnist-vae-2d")
        page.wait_for_selector("#map .plot[data-model='mnist-vae-2d']")
        assert page.evaluate("explorer.models.originals.open('mnist')")
        assert watch.clean() == (True, [])


def test_within_another_program(browser, tmp_path):
    script = tmp_path / "within.py"
    script.write_text(WITHIN)
    with serve(script, {"PYTHONPATH": str(ROOT)}) as (address, _):
        assert httpx.get(address).json() == "another program"
        use(browser, address + "gradio/")


@contextmanager
def proxy(target, prefix):
    """A proxy that offers a server's pages below a prefix, and takes the prefix away, as nginx and Jupyter's do."""
    client = httpx.AsyncClient(base_url=target, timeout=60)

    async def forward(request):
        path = request.url.path.removeprefix(prefix)
        headers = [(name, value) for name, value in request.headers.items() if name != "host"]
        answer = await client.request(
            request.method, path, params=request.query_params, headers=headers, content=await request.body()
        )
        kept = {
            k: v
            for k, v in answer.headers.items()
            if k not in ("content-encoding", "content-length", "transfer-encoding")
        }
        return Response(answer.content, answer.status_code, kept)

    app = Starlette(routes=[Route(prefix + "/{path:path}", forward, methods=["GET", "POST", "HEAD"])])
    with running(app) as address:
        yield f"{address.rstrip('/')}{prefix}/"


def test_behind_a_proxy_below_a_prefix(browser):
    with serve(environment={"GRADIO_ROOT_PATH": "/demo"}) as (address, _), proxy(address, "/demo") as outside:
        use(browser, outside)


NOBODY = 65534


def can_become_nobody():
    """Whether this Python can be run as another user: only root may, and not where Python lies in root's home."""
    try:
        subprocess.run([sys.executable, "-c", ""], user=NOBODY, group=NOBODY, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def test_from_any_folder_as_another_user_beside_somebody_else_s_uploads(browser, tmp_path, tmp_path_factory):
    """From a path with spaces and umlauts that may not be written to, from another working directory."""
    place = tmp_path_factory.getbasetemp() / "Grüße aus dem Häuschen"
    shutil.copytree(
        ROOT, place, ignore=shutil.ignore_patterns(".git", "node_modules", ".*_cache", "__pycache__", "runs")
    )
    for folder in (place, *place.parents[:3]):
        folder.chmod(0o755)
    theirs, home = tmp_path_factory.getbasetemp() / "temporary", tmp_path_factory.getbasetemp() / "home"
    (theirs / "gradio").mkdir(parents=True)
    (theirs / "gradio").chmod(0o700)
    theirs.chmod(0o777)
    home.mkdir(mode=0o777)
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "TMPDIR": str(theirs), "HOME": str(home)}
    environment.pop("GRADIO_TEMP_DIR", None)
    process = subprocess.Popen(
        [sys.executable, str(place / "app.py")],
        cwd="/",
        env=environment,
        **({"user": NOBODY, "group": NOBODY} if can_become_nobody() else {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(address, process)
        use(browser, address)
        Image.new("L", (60, 60), 255).save(tmp_path / "scan.png")
        with (tmp_path / "scan.png").open("rb") as file:
            assert httpx.post(address + "gradio_api/upload", files={"files": file}).status_code == 200
    finally:
        process.terminate()
        process.wait()


FRAME = """<!doctype html>
<iframe src="{first}" width="900" height="600" allow="clipboard-write 'none'"
  sandbox="allow-scripts allow-same-origin allow-downloads"></iframe>
<iframe src="{second}" width="900" height="600"></iframe>
"""


def test_two_instances_at_once_in_a_frame_without_a_clipboard(browser, address, tmp_path):
    with serve() as (other, _), serve_files(tmp_path) as place, browser.new_context() as context:
        (tmp_path / "index.html").write_text(FRAME.format(first=other, second=address))
        page = context.new_page()
        page.goto(place)
        first, second = (one.content_frame() for one in page.query_selector_all("iframe"))
        for frame in (first, second):
            frame.wait_for_selector("#digit canvas[data-z]")
        z = "Array.from(explorer.z)"
        before = second.evaluate(z)
        draw_at_random(first)
        assert second.evaluate(z) == before
        first.click("#copy-link")
        first.wait_for_selector("#copy-link >> text=/Copied|field/")
        if first.locator("#copy-link + input").count():  # it can be taken by hand
            assert first.input_value("#copy-link + input") == first.evaluate("explorer.link()")


@pytest.mark.asks
def test_rendered_by_node_it_looks_the_same(browser, address):
    """Spaces switch Gradio's rendering by the server on, which puts our styles before Gradio's."""
    if shutil.which("node") is None:
        pytest.skip("no node on the path: Gradio's rendering by the server needs it")

    def places(where, width):
        with browser.new_context(viewport={"width": width, "height": 800}, service_workers="block") as context:
            page = context.new_page()
            page.goto(where)
            wait_until_ready(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            return page.evaluate(
                """["h1", "#model", "#digit", "#map", "#z-0", "#random", "#explore-button"].map((one) => {
                  const { x, y, width, height } = document.querySelector(one).getBoundingClientRect();
                  const { font, color, backgroundColor, borderRadius } = getComputedStyle(document.querySelector(one));
                  return [one, ...[x, y, width, height].map(Math.round), font, color, backgroundColor, borderRadius];
                })"""
            )

    with serve(environment={"GRADIO_SSR_MODE": "True"}) as (rendered, _):
        for width in (1280, 390):
            assert places(rendered, width) == places(address, width)
