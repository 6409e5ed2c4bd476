"""What the whole page shares: theme, style sheets, what the browser may fetch early, the example pictures."""

import json
from pathlib import Path

import gradio as gr

from ui.components import PLOTLY, STATIC, describe, file_url
from vae.checkpoint import Card

# Named fonts are fetched from the web by Gradio's stock themes; these are on every machine.
THEME = gr.themes.Default(
    primary_hue=gr.themes.colors.indigo,
    neutral_hue=gr.themes.colors.zinc,
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
    font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
).set(  # small text has to be legible on a projector
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_400",
)
CSS = "\n".join(path.read_text("utf-8") for path in sorted(STATIC.glob("*.css")))

_EXAMPLES = Path(__file__).parent.parent / "examples"
PAIRS = (("3-ballpoint.jpg", "8-chalk.jpg"), ("5-marker.jpg", "2-pencil.jpg"), ("7-transparent.png", "4-sideways.jpg"))
EXAMPLES = [[str(_EXAMPLES / a), str(_EXAMPLES / b)] for a, b in PAIRS]


def head(cards: dict[str, Card], first: str | None) -> str:
    """Tags for the page's head: they name the models and open the first, while Gradio is still building the page."""
    arguments = json.dumps([[describe(card) for card in cards.values()], first]).replace("<", "\\u003c")
    module = json.dumps(file_url(STATIC / "page.js"))
    # Modules import each other: named here, they come together and not one after the other.
    modules = "\n".join(f'<link rel="modulepreload" href="{file_url(path)}">' for path in sorted(STATIC.glob("*.js")))
    return f"""
{modules}
<link rel="preload" as="script" href="{file_url(PLOTLY)}">
<script type="module">
  const {{ start }} = await import(new URL({module}, document.baseURI));
  start(...{arguments});
</script>
"""
