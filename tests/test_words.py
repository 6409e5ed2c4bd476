"""Every word a person sees is in both languages, and is used."""

import re
from pathlib import Path

import pytest

from ui.page import template
from ui.words import LANGUAGES, strings

UI = Path(__file__).parent.parent / "ui"
PLURAL = re.compile(r"\.(one|other)$")
FILE = re.compile(r"\.(js|json|html|css|png|gif|safetensors)$")


def used() -> tuple[set[str], set[str]]:
    """Keys that templates, scripts and Python name, and the beginnings of those that scripts put together."""
    keys, beginnings = set(), set()
    for path in UI.rglob("*"):
        if path.suffix == ".html":
            keys |= set(re.findall(r'data-t(?:-[\w-]+)?="([\w.]+)"', path.read_text("utf-8")))
        elif path.suffix in (".js", ".py"):
            text = path.read_text("utf-8")
            keys |= set(re.findall(r'"([a-z]+(?:\.[\w]+)+)"', text))
            beginnings |= set(re.findall(r"`((?:[a-z]+\.)+)\$\{", text))
    return keys, beginnings


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_missing_or_unused(language):
    keys, beginnings = used()
    there = {PLURAL.sub("", key) for key in strings(language)}
    errors = {
        "image.too_large",
        "image.unreadable",
        "image.empty",
        "image.no_digit",
        "image.no_clothes",
    }  # named in vae.images
    unused = {key for key in there - keys - errors if not key.startswith(tuple(beginnings))}
    assert not unused
    own = {key.split(".")[0] for key in there}
    missing = {key for key in keys - there if key.split(".")[0] in own and not re.search(FILE, key)}
    assert not missing


def test_both_languages_have_the_same_sentences_with_the_same_parameters():
    def parameters(language):
        return {PLURAL.sub("", key): set(re.findall(r"\{(\w+)\}", text)) for key, text in strings(language).items()}

    en, zh = (parameters(language) for language in LANGUAGES)
    assert en == zh


def test_chinese_is_chinese():
    """All but names, symbols and what is the same in both languages is translated."""
    en, zh = strings("en"), strings("zh")
    same = {key for key in zh if zh[key] == en.get(key)}
    assert all(not re.search(r"[a-z]{3}", re.sub(r"\{\w+\}", "", zh[key])) for key in same - {"plane.tsne"})
    others = {key: re.sub(r"\{\w+\}", "", text) for key, text in zh.items() if key not in same}
    del others["language.next"], others["language.tag"]
    assert all(re.search(r"[一-鿿]", text) for text in others.values() if re.search(r"[a-z]|\w{2}", text))


def test_the_template_holds_no_words_of_its_own():
    for path in UI.rglob("*.html"):
        text = re.sub(r"<math[\s\S]*?</math>", "", path.read_text("utf-8"))
        text = re.sub(r"<[^>]*>", " ", text)
        words = re.findall(r"[A-Za-z]{3,}", text.replace("&nbsp;", ""))
        assert set(words) <= {"ELBO", "VAE"}, path


def test_the_template_is_filled_in_english_and_evaluates_nothing():
    page = template()
    assert "Copy link" in page and "drawing the map…" in page
    assert "${" not in page and "{{" not in page and "`" not in page and "\\" not in page
    assert not re.search(r'data-t="[\w.]+"[^>]*></', page)  # each has its words
