"""The folder of uploaded files: which of them is meant, and how much room all of them may take."""

import contextlib
import os
import re
import time
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from ui.checks import Problem

MB = 1_000_000
LARGEST = 25 * MB  # of one upload
ROOM = 500 * MB  # of all that are kept
MOST = 1000  # files that are kept
KEPT = 900  # seconds; a page converts a file at once, a program asks within a minute
PREFIX = "latent-explorer-"  # begins the name of a folder that is ours alone


def claim(folder: Path) -> None:
    """Have uploads in this folder, unless the variable GRADIO_TEMP_DIR names another one."""
    os.environ.setdefault("GRADIO_TEMP_DIR", str(folder))


def file_of(source: Any) -> Path:
    """An uploaded file that somebody speaks of, as {path}; nothing else on this machine can be named."""
    folder = Path(get_upload_folder()).resolve()
    try:
        path = Path(source["path"]).resolve()
        is_ours, is_there = path.is_relative_to(folder), path.is_file()
    except (KeyError, TypeError, ValueError, OSError) as error:  # no path, or none that a file could have
        raise Problem("problem.question") from error
    if not is_ours:
        raise Problem("problem.question")
    if not is_there:
        raise Problem("problem.upload")
    return path


def make_room(folder: Path, needed: int = 0, room: int = ROOM, most: int = MOST, kept: float = KEPT) -> None:
    """Remove files that are too old, and then the oldest ones until there is room.

    Args:
        folder: of uploads. In one that is not ours alone, only what has the names that Gradio gives is looked at.
        needed: bytes for a file that is to come.
        room, most: bytes and files that may be there with it.
        kept: seconds that a file may stay.
    """
    files: list[Path] = []
    for path in folder.glob("*"):
        if re.fullmatch(r"[0-9a-f]{64}", path.name):
            files += path.glob("*")
        elif folder.name.startswith(PREFIX) and path.is_file():  # it was arriving when something happened, or still is
            files.append(path)
    known = []
    for path in files:
        with contextlib.suppress(OSError):  # another one has removed it
            known.append((path.stat().st_mtime, path.stat().st_size, path))
    known.sort()
    total, count = needed + sum(size for _, size, _ in known), len(known)
    for modified, size, path in known:
        if total <= room and count < most and modified > time.time() - kept:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            if path.parent != folder:
                path.parent.rmdir()
        total, count = total - size, count - 1
