"""Compiles the browser's kernel: ui/static/maths/kernel.wat to kernel.wasm beside it.

python -m tools.kernel
"""

from pathlib import Path

from wasmtime import wat2wasm

SOURCE = Path(__file__).parent.parent / "ui" / "static" / "maths" / "kernel.wat"
TARGET = SOURCE.with_suffix(".wasm")


def compiled() -> bytes:
    """The kernel as WebAssembly."""
    return bytes(wat2wasm(SOURCE.read_text("utf-8")))


def main() -> None:
    TARGET.write_bytes(compiled())
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
