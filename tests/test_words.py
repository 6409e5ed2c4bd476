"""Every word a person sees is in both languages, and is used."""

import re
from pathlib import Path

import pytest

from ui.page import template
from ui.words import LANGUAGES, MARK, sentence, strings

UI = Path(__file__).parent.parent / "ui"
FORMULA = re.compile(r'<span class="tex">.*?</span>')  # in TeX
PLURAL = re.compile(r"\.(one|other)$")
FILE = re.compile(r"\.(js|json|html|css|png|gif|safetensors)$")


def used() -> tuple[set[str], set[str]]:
    """Keys that templates, scripts and Python name, and the beginnings of those that scripts put together."""
    keys, beginnings = set(), set()
    for path in (path for path in UI.rglob("*") if not {"vendor", "bundle"} & set(path.parts)):
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
    names = {"plane.tsne"} | {key for key in zh if re.fullmatch(r"keys\.\w+", key)}  # what is written on keys
    same = {key for key in zh if zh[key] == en.get(key)}
    assert all(not re.search(r"[a-z]{3}", re.sub(r"\{\w+\}", "", zh[key])) for key in same - names)
    others = {key: re.sub(r"\{\w+\}", "", text) for key, text in zh.items() if key not in same | names}
    del others["language.next"], others["language.tag"]
    assert all(re.search(r"[一-鿿]", text) for text in others.values() if re.search(r"[a-z]|\w{2}", text))


def test_each_mark_and_each_button_has_a_term_that_both_languages_explain():
    marks = {language: {key: MARK.findall(text) for key, text in strings(language).items()} for language in LANGUAGES}
    en, zh = (
        {PLURAL.sub("", key): sorted(found) for key, found in marks[language].items() if found}
        for language in LANGUAGES
    )
    assert en == zh
    buttons = {
        term for path in UI.rglob("*.html") for term in re.findall(r'data-term="(\w+)"', path.read_text("utf-8"))
    }
    scripts = {
        term for path in UI.rglob("*.js") for term in re.findall(r'termButton\("(\w+)"', path.read_text("utf-8"))
    }
    figures = {"elbo", "reconstruction", "kl"}  # explore/figures.js has them in a list
    used_terms = {term for found in en.values() for term in found} | buttons | scripts | figures
    for language in LANGUAGES:
        terms = {key.split(".")[1] for key in strings(language) if re.fullmatch(r"term\.\w+\.text", key)}
        assert terms == used_terms
        assert all(f"term.{term}.name" in strings(language) for term in terms)
        for term in terms:
            assert len(strings(language)[f"term.{term}.text"]) < 260  # one or two sentences


def test_programs_are_told_no_marks():
    assert "[[" in strings()["figures.active"] and "[[" not in sentence("figures.active", active=1, n=2)


def test_the_page_arrives_with_the_buttons_of_its_terms():
    page = template()
    assert "[[" not in page
    label = re.escape(sentence("term.ask", name=sentence("term.bce.name")))
    assert re.search(
        rf'<span class="asked">BCE<button type="button" class="ask" data-term="bce" aria-label="{label}"', page
    )


def test_the_template_holds_no_words_of_its_own():
    for path in UI.rglob("*.html"):
        text = re.sub(r"<(script)[\s\S]*?</\1>|<!--.*?-->", "", FORMULA.sub("", path.read_text("utf-8")))
        text = re.sub(r"<[^>]*>", " ", text)
        words = re.findall(r"[A-Za-z]{3,}", text.replace("&nbsp;", ""))
        assert set(words) <= {"ELBO", "VAE"}, path


def test_the_template_is_filled_in_english_and_evaluates_nothing():
    page = template()
    assert "Copy link" in page and "drawing the map…" in page
    assert "${" not in page and "{{" not in page and "`" not in page
    assert "\\" not in FORMULA.sub("", page)
    assert not re.search(r'data-t="[\w.]+"[^>]*></', page)  # each has its words
