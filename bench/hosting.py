"""The page where others put it: by itself, behind a real nginx, and through a real jupyter-server-proxy.

At each place a visitor opens the page, draws at random, changes the model, and chooses a TIFF file, which the server
has to convert; a program asks for samples. Told are how long the page took, errors, and requests to others.

    apt-get install nginx-light
    pip install jupyter-server-proxy
    python -m bench.hosting
"""

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from gradio_client import Client
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tools.browser import ASKED_OF_ROOT, BEEN_HERE, free_port, launch, started, wait_for
from ui.page import EXAMPLES_FOLDER

NGINX = """daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_max_body_size 30m;
  {temporary}
  server {{
    listen 127.0.0.1:{port};
    location /demo/ {{
      proxy_pass http://127.0.0.1:{app}/; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}"""


def visit(browser: Browser, address: str, tiff: Path) -> str:
    """What a visitor finds at an address: a line of the table."""
    troubles, own = [], (address, "data:", "blob:")

    def told(trouble: str) -> None:
        if not trouble.endswith(ASKED_OF_ROOT):
            troubles.append(trouble)

    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.add_init_script(BEEN_HERE)
        page = context.new_page()
        page.on("pageerror", lambda error: told(str(error)))
        page.on("response", lambda answer: answer.status < 400 or told(f"{answer.status} {answer.url}"))
        page.on("request", lambda request: request.url.startswith(own) or told(request.url))
        page.goto(address)
        page.wait_for_selector("#map .plot[data-points='10000']")
        seconds = page.evaluate("performance.now() / 1000")
        page.click("#random")
        page.select_option("#model", "mnist-vae-2d")
        page.wait_for_selector("#map .plot[data-model='mnist-vae-2d']")
        page.click("#morph-button")
        page.set_input_files("#morph-a input[type=file]", tiff)
        page.click("#morph-b .take")
        page.wait_for_function("explorer.stops.ready")
    result = Client(address, verbose=False).predict(2, "prior", 1.0, 7, None, api_name="/sample")
    found = f"map after {seconds:.1f} s, TIFF converted, {len(result['z'])} samples by a program"
    return f"{found}; errors, requests to others: {troubles or 'none'}"


@contextlib.contextmanager
def by_itself() -> Iterator[str]:
    with started() as (address, _):
        yield address


@contextlib.contextmanager
def behind(command: Callable[[Path, int, int], list[str]], prefix: str) -> Iterator[str]:
    """The app behind a proxy: command(folder, port, app's port) starts it; {app} in the prefix is the app's port."""
    app, port = free_port(), free_port()
    prefix = prefix.format(app=app)
    with tempfile.TemporaryDirectory() as folder, started(environment={"GRADIO_ROOT_PATH": prefix}, port=app):
        process = subprocess.Popen(
            command(Path(folder), port, app), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{port}{prefix}/"
            wait_for(address, process)
            yield address
        finally:
            process.terminate()
            process.wait()


def nginx(folder: Path, port: int, app: int) -> list[str]:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    folder.chmod(0o755)  # its workers are another user's
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, app=app, temporary=temporary))
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def jupyter(python: str, folder: Path, port: int, app: int) -> list[str]:
    options = {"port": port, "ip": "127.0.0.1", "root_dir": folder, "open_browser": False, "allow_root": True}
    settings = [f"--ServerApp.{name}={value}" for name, value in options.items()]
    return [python, "-m", "jupyter_server", "--IdentityProvider.token=", *settings]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jupyter", default=sys.executable, help="the Python that has jupyter-server-proxy")
    args = parser.parse_args()
    places = {"by itself": by_itself()}
    if shutil.which("nginx"):
        places["nginx, /demo/"] = behind(nginx, "/demo")
    else:
        print("nginx: not here (Debian: apt-get install nginx-light)")
    found = subprocess.run([args.jupyter, "-c", "import jupyter_server_proxy"], capture_output=True, check=False)
    if found.returncode == 0:
        places["jupyter-server-proxy"] = behind(partial(jupyter, args.jupyter), "/proxy/{app}")
    else:
        print("jupyter-server-proxy: not here (pip install jupyter-server-proxy)")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, launch(playwright) as browser:
        tiff = Path(folder) / "digit.tif"
        Image.open(EXAMPLES_FOLDER / "5-marker.jpg").save(tiff)
        for name, place in places.items():
            with place as address:
                print(f"{name:22}{visit(browser, address, tiff)}", flush=True)


if __name__ == "__main__":
    main()
