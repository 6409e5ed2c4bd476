"""The page that both hosts show: its template with the words filled in, and its styles."""

import ast
import html
import re
import textwrap
from pathlib import Path

from ui.words import sentence, strings

ROOT = Path(__file__).parent.parent
STATIC = Path(__file__).parent / "static"
PLOTLY = Path(__file__).parent / "vendor" / "plotly-4.1.1.min.js"  # the part of Plotly that the map needs
KATEX = Path(__file__).parent / "vendor" / "katex"  # what typesets the lecture's formulas
INK = ROOT / "vae" / "images" / "ink.safetensors"  # the network's weights, see vae/images/network.py
ORIGINALS = Path(__file__).parent / "originals"  # the test images, see tools/originals.py
ICON = Path(__file__).parent / "icon.svg"
EXAMPLES_FOLDER = ROOT / "examples"
PAIRS = (("3-ballpoint.jpg", "8-chalk.jpg"), ("5-marker.jpg", "2-pencil.jpg"), ("7-transparent.png", "4-sideways.jpg"))


def template() -> str:
    """The page as HTML: every view's own template within the element that asks for it, words in English."""
    page = (STATIC / "page.html").read_text("utf-8")

    def with_view(tag: re.Match) -> str:
        own = STATIC / f"{tag[1]}.html"
        return tag[0] + (own.read_text("utf-8") if own.exists() else "")

    return with_words(with_sources(re.sub(r'<[^>]*\sdata-view="([\w/]+)"[^>]*>', with_view, page)))


def with_sources(page: str) -> str:
    """Fill data-source="path name name ..." with the lines of these functions, as the project has them."""

    def lines(match: re.Match) -> str:
        path, *names = match[1].split()
        return match[0] + html.escape(source(ROOT / path, names), quote=False)

    return re.sub(r'<pre data-source="([^"]+)">', lines, page)


def source(path: Path, names: list[str]) -> str:
    """The lines of functions of a module, without their docstrings, as they stand in the file."""
    text = path.read_text("utf-8")
    functions = {node.name: node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    parts = []
    for name in names:
        node, lines = functions[name], text.splitlines()
        docstring = node.body[0] if ast.get_docstring(node) else None
        kept = [
            line
            for number, line in enumerate(lines[node.lineno - 1 : node.end_lineno], node.lineno)
            if not (docstring and docstring.lineno <= number <= (docstring.end_lineno or docstring.lineno))
        ]
        parts.append(textwrap.dedent("\n".join(kept)))
    return "\n\n".join(parts)


def with_words(page: str) -> str:
    """Fill data-t="key" as text, data-t-<attribute>="key" as attributes and data-term="id" as the label of the button
    that explains a term, as `fillWords` does in the browser: what it fills in has the same size."""

    def attribute(match: re.Match) -> str:
        return f'{match[0]} {match[1]}="{html.escape(sentence(match[2]))}"'

    def text(key: str) -> str:
        return re.sub(
            r"([A-Za-z0-9−-]+|\S)\[\[(\w+)\]\]",
            r'<span class="asked">\1<button type="button" class="ask" data-term="\2"></button></span>',
            html.escape(strings()[key], quote=False),
        )

    def term(match: re.Match) -> str:
        name = sentence(f"term.{match[1]}.name")
        return f'{match[0]} aria-label="{html.escape(sentence("term.ask", name=name))}" aria-expanded="false"'

    page = re.sub(r'\sdata-t-([\w-]+)="([\w.]+)"', attribute, page)
    page = re.sub(r'<[^>]*\sdata-t="([\w.]+)"[^>]*>', lambda tag: tag[0] + text(tag[1]), page)
    return re.sub(r'\sdata-term="(\w+)"', term, page)


def styles() -> str:
    """All style sheets, page.css with the tokens first."""
    sheets = sorted(STATIC.rglob("*.css"), key=lambda path: (path.name != "page.css", path))
    return "\n".join(path.read_text("utf-8") for path in sheets)
