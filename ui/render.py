"""Latent vectors as images, and images as files."""

import io
from typing import Any

import numpy as np
from PIL import Image

SIDE = 280  # pixels of an image that is handed out
FRAME_MS = 60  # of an animation


def decode(vae: Any, z: np.ndarray) -> np.ndarray:
    """Images [B, 28, 28] in [0, 1] at latent vectors [B, D]."""
    import torch

    with torch.inference_mode():
        return vae.decode(torch.from_numpy(z))[:, 0].numpy()


def enlarged(x: np.ndarray, side: int = SIDE) -> Image.Image:
    """An image [28, 28] in [0, 1] as 8-bit grey, each of its pixels side / 28 of the file's."""
    image = Image.fromarray((255 * x).round().astype(np.uint8))
    return image.resize((side, side), Image.Resampling.NEAREST)


def png(image: Image.Image) -> bytes:
    """An image as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def side_by_side(images: np.ndarray, columns: int = 10, side: int = 56) -> Image.Image:
    """Images [n, 28, 28] in [0, 1] in rows, as 8-bit grey."""
    rows = -(-len(images) // columns)
    whole = Image.new("L", (min(columns, len(images)) * side, rows * side))
    for k, x in enumerate(images):
        whole.paste(enlarged(x, side), (k % columns * side, k // columns * side))
    return whole


def animation(frames: list[Image.Image], kind: str) -> bytes:
    """An animated file, "gif" or "webp", that plays for ever."""
    file = io.BytesIO()
    extra = {"lossless": True} if kind == "webp" else {}
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0, **extra)
    return file.getvalue()
