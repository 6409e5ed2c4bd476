"""Compiles the browser's kernel: ui/static/maths/kernel.wat to kernel.wasm and kernel-fused.wasm beside it.

python -m tools.kernel
"""

import re
from pathlib import Path

from wasmtime import wat2wasm

SOURCE = Path(__file__).parent.parent / "ui" / "static" / "maths" / "kernel.wat"
PLAIN = SOURCE.with_suffix(".wasm")
FUSED = SOURCE.with_name("kernel-fused.wasm")
BARE = r"(?<!\()\bf32x4\."  # an instruction without parentheses


def compiled() -> dict[Path, bytes]:
    """The kernel as WebAssembly: with multiplications and additions, and with both in one instruction."""
    source = SOURCE.read_text("utf-8")
    fused = re.sub(BARE + "add", "f32x4.relaxed_madd", re.sub(BARE + "mul ", "", source))
    return {PLAIN: bytes(wat2wasm(source)), FUSED: bytes(wat2wasm(fused))}


def main() -> None:
    for path, code in compiled().items():
        path.write_bytes(code)
        print(f"{path.name}: {len(code)} bytes")


if __name__ == "__main__":
    main()
