"""The latent explorer: builds the page, wires its events, launches it."""

import argparse
import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import gradio as gr
from starlette.middleware import Middleware

from ui import guard, tools, uploads
from ui.api import Api
from ui.components import THEME, Explorer, head, temporary_folder, told
from ui.connections import impatient
from ui.files import Files
from ui.publish import offered
from ui.studio import Studio
from ui.work import keep_memory_small

ROOT = Path(__file__).parent
# Seconds that a connection waits for its next request, more than browsers and proxies wait: with uvicorn's 5 a busy
# server hangs up on requests that have already come, and their answers are lost.
KEEP_ALIVE = 75


class Built(NamedTuple):
    """A page, and what `launch` or `gr.mount_gradio_app` need besides: page.launch(**mounting), or
    gr.mount_gradio_app(app, page, path="/explorer", **mounting)."""

    page: guard.Page
    mounting: dict  # theme, head, middleware, limits


def build(checkpoints: str | Path = ROOT / "checkpoints", mcp: bool = False) -> Built:
    """The page over the models of a folder.

    Args:
        checkpoints: the folder.
        mcp: whether language models may use it, too: they are offered the tools of ui/tools.py.
    Returns:
        The page, and what mounting it needs.
    """
    cards, default, problems = offered(checkpoints)
    api, root = Api(cards, default), temporary_folder()
    uploads.claim(temporary_folder())
    settings = told(cards, default, problems, root)
    with guard.Page(
        api.lines, title="Latent Explorer", delete_cache=(60, uploads.KEPT), analytics_enabled=False, fill_width=True
    ) as page:
        Explorer(settings, Studio(api).questions(), elem_id="latent-explorer")
        if mcp:
            tools.offer(api)  # before the endpoints of the same names: the first of two keeps its name
        for name, endpoint in api.endpoints().items():
            # Gradio lists each function as a tool unless this says otherwise
            setattr(endpoint, "_mcp_type", "endpoint")  # noqa: B010
            gr.api(endpoint, api_name=name, concurrency_limit=None)
    mounting = {
        "theme": THEME,
        "head": head(settings),
        "app_kwargs": {
            "middleware": [Middleware(guard.Guard), Middleware(Files, folder=root)],
            "exception_handlers": guard.HANDLERS,
            "lifespan": guard.lifespan(root),
        },
        "max_file_size": uploads.LARGEST,
        "enable_monitoring": False,
        "run_history": False,
    }
    return Built(page, mounting | ({"mcp_server": True} if mcp else {}))


def is_ours(folder: Path) -> bool:
    """Whether a folder can be written to; it is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python app.py", description=__doc__)
    parser.add_argument(
        "--mcp",
        action="store_true",
        default=os.environ.get("GRADIO_MCP_SERVER", "").lower() == "true",
        help="offer the models to language models, too, by the Model Context Protocol (pip install 'gradio[mcp]')",
    )
    args = parser.parse_args()
    if args.mcp and importlib.util.find_spec("mcp") is None:
        parser.error("the Model Context Protocol needs one more package: pip install 'gradio[mcp]'")
    keep_memory_small()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: the temporary folders go
    try:
        named = os.environ.get("GRADIO_TEMP_DIR")  # without one, uploads get a folder of their own
        if named and not is_ours(Path(named)):
            sys.exit(f"Uploads cannot be kept in {named}: name another folder in GRADIO_TEMP_DIR, or none.")
        page, mounting = build(os.environ.get("CHECKPOINTS") or ROOT / "checkpoints", args.mcp)
        try:
            page.launch(**mounting, prevent_thread_lock=True)
            config = page.server.config
            config.timeout_keep_alive = KEEP_ALIVE
            config.timeout_graceful_shutdown = 1  # open pages hold a connection that ends by no other means
            config.http_protocol_class = impatient(config.http_protocol_class)
            page.block_thread()
        finally:
            page.lines.close()
    except KeyboardInterrupt:  # before it was there
        sys.exit(130)
    except OSError as error:  # no port, no room, no folder for temporary files
        sys.exit(f"The page cannot be served: {error}")


if __name__ == "__main__":
    main()
