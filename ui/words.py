"""Every word a person sees, by language; `ui/static/state/words.js` reads the same files."""

import json
import re
from functools import cache
from pathlib import Path

STRINGS = Path(__file__).parent / "strings"
LANGUAGES = ("en", "zh")  # the first is what programs are answered in
MARK = re.compile(r"\[\[(\w+)\]\]")  # right behind a word that the page explains, see static/state/words.js


@cache
def strings(language: str = LANGUAGES[0]) -> dict[str, str]:
    """The sentences of a language by key; {names} in them are parameters."""
    return json.loads((STRINGS / f"{language}.json").read_text("utf-8"))


def sentence(key: str, **params: object) -> str:
    """A sentence in English, its parameters filled in, without its marks."""
    return MARK.sub("", strings()[key].format(**params))
