"""Draws docs/architecture.svg from the imports: which part uses which, in Python and in the page's scripts."""

import ast
import html
import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"
STATIC = ROOT / "ui" / "static"
WIDE, TALL, ACROSS, DOWN = 118, 46, 20, 54  # pixels of a box, and between boxes
WHAT = {  # a line on each part
    "app": "the Gradio page",
    "train": "trains one model",
    "ui": "page, API, site",
    "vae": "model, training",
    "vae.images": "photo to 28 × 28",
    "tools": "make what is kept",
    "bench": "measurements",
    "start": "begins on each host",
    "page": "puts views in place",
    "host": "Gradio, or files",
    "explore": "digit, sliders, pins",
    "map": "10,000 codes",
    "morph": "from digit to digit",
    "lecture": "its figures, alive",
    "models": "table of models",
    "help": "hints, terms, keys",
    "state": "z and all that is set",
    "draw": "how it is painted",
    "maths": "pure functions",
}
INNER = ("vae.images",)  # packages that are parts of their own


def python_part(name: str) -> str:
    """The part that a module belongs to."""
    return next((part for part in INNER if f"{name}.".startswith(f"{part}.")), name.split(".")[0])


def python_uses() -> set[tuple[str, str]]:
    """Pairs of parts, the first of which imports the second."""
    ours = {part.split(".")[0] for part in WHAT if not (STATIC / part).is_dir()} - {"page"}
    pairs = set()
    for part in ours:
        folder = ROOT / part
        for path in sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{part}.py"]:
            own = python_part(".".join(path.relative_to(ROOT).with_suffix("").parts))
            for name in imported(ast.parse(path.read_text("utf-8"))):
                if name.split(".")[0] in ours and python_part(name) != own:
                    pairs.add((own, python_part(name)))
    return pairs


def imported(tree: ast.AST) -> Iterable[str]:
    """Modules that a file imports, at its top or inside of functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def script_uses() -> set[tuple[str, str]]:
    """The same for the folders of the page's scripts."""

    def part_of(path: Path) -> str:
        first = path.relative_to(STATIC).parts[0]
        return "page" if first.endswith(".js") else first

    pairs = set()
    for path in sorted(STATIC.rglob("*.js")):
        for name in re.findall(r'(?:from |import\(|import )"(\.[^"]+)"', path.read_text("utf-8")):
            pair = part_of(path), part_of((path.parent / name).resolve())
            if pair[0] != pair[1] and set(pair) <= WHAT.keys():
                pairs.add(pair)
    return pairs


def layers(pairs: set[tuple[str, str]]) -> list[list[str]]:
    """Parts in rows, so that every arrow points down: each as far down as those that use it allow."""
    parts = {part for pair in pairs for part in pair}
    rows: list[list[str]] = []
    while parts:
        row = sorted(part for part in parts if not any(a in parts for a, b in pairs if b == part))
        if not row:
            raise ValueError(f"imports go around in a circle among {', '.join(sorted(parts))}")
        rows.append(row)
        parts -= set(row)
    return rows


def needed(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows that do not follow from two others."""

    def reaches(a: str, b: str, without: tuple[str, str]) -> bool:
        steps = [to for start, to in pairs if start == a and (start, to) != without]
        return b in steps or any(reaches(step, b, without) for step in steps)

    return {pair for pair in pairs if not reaches(*pair, without=pair)}


def drawn(pairs: set[tuple[str, str]], left: int, title: str) -> tuple[list[str], int, int]:
    """A diagram as SVG, and its width and height."""
    rows = layers(pairs)
    width = max(len(row) * (WIDE + ACROSS) - ACROSS for row in rows)
    places: dict[str, tuple[float, int]] = {}
    for line, row in enumerate(rows):
        start = left + (width - len(row) * (WIDE + ACROSS) + ACROSS) / 2
        places |= {part: (start + k * (WIDE + ACROSS), 40 + line * (TALL + DOWN)) for k, part in enumerate(row)}
    parts = [f'<text class="title" x="{left}" y="20">{title}</text>']
    for a, b in sorted(needed(pairs)):
        (x0, y0), (x1, y1) = places[a], places[b]
        ends = f'x1="{x0 + WIDE / 2:.0f}" y1="{y0 + TALL}" x2="{x1 + WIDE / 2:.0f}" y2="{y1 - 4}"'
        parts.append(f'<line id="{a}--{b}" {ends} marker-end="url(#end)"/>')
    for part, (x, y) in places.items():
        parts.append(f'<rect x="{x:.0f}" y="{y}" width="{WIDE}" height="{TALL}" rx="6"/>')
        middle = f"{x + WIDE / 2:.0f}"
        parts.append(f'<text class="name" x="{middle}" y="{y + 20}">{part}</text>')
        parts.append(f'<text class="what" x="{middle}" y="{y + 36}">{html.escape(WHAT[part])}</text>')
    return parts, width, 40 + len(rows) * (TALL + DOWN) - DOWN


def picture() -> str:
    """The whole picture."""
    python, wide, tall = drawn(python_uses(), 10, "Python")
    scripts, width, height = drawn(script_uses(), wide + 70, "The page (ui/static)")
    size = f"{wide + width + 80} {max(tall, height) + 10}"
    style = """
  text { font: 11px system-ui, sans-serif; fill: #27272a; text-anchor: middle; }
  .name { font-weight: 600; font-size: 13px; } .what { fill: #52525b; font-size: 10.5px; }
  .title { font-weight: 600; font-size: 14px; text-anchor: start; }
  rect { fill: #f4f4f5; stroke: #a1a1aa; } line { stroke: #71717a; stroke-width: 1.2; } path { fill: #71717a; }
"""
    arrow = '<marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" aria-label="Which part uses which">'
    )
    ground = '<rect width="100%" height="100%" style="fill: #fff; stroke: none"/>'
    defs = f'<style>{style}</style><defs>{arrow}<path d="M0 0L8 4L0 8z"/></marker></defs>'
    return "\n".join([head, defs, ground, *python, *scripts, "</svg>\n"])


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(picture(), "utf-8")
    print(PICTURE.relative_to(ROOT))


if __name__ == "__main__":
    main()
