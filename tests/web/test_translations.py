"""The catalogue of English texts: whole, no leftovers, and formed like the Chinese ones."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from survey.web import labels

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "survey/web/translations/en/LC_MESSAGES/messages.po"
EXTRACT = "pybabel -q extract -F babel.cfg -k lazy"
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")
HAN = re.compile(r"[\u4e00-\u9fff\uff01-\uff5e、。“”]")


def texts_of(catalogue: Catalog) -> dict[tuple[str | None, str], str]:
    """Return the texts by use and Chinese; the header is none."""
    return {(text.context, text.id): text.string for text in catalogue if text.id}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    """The catalogue as it is committed."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


@pytest.fixture(scope="module")
def extracted(tmp_path_factory) -> Catalog:
    """What the source has to say today, collected as `make messages` does."""
    found = tmp_path_factory.mktemp("texts") / "messages.pot"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        CommandLineInterface().run([*EXTRACT.split(), "-o", str(found), "."])
    with found.open("rb") as file:
        return read_po(file)


def test_makefile_collects_texts_like_this_test():
    assert EXTRACT.removeprefix("pybabel ") in (ROOT / "Makefile").read_text("utf-8")


def test_every_text_has_its_english(catalogue, extracted):
    english = texts_of(catalogue)

    missing = [text for text in texts_of(extracted) if not english.get(text)]

    assert not missing, "run `make messages` and translate these"


def test_nothing_is_left_over_or_in_doubt(catalogue, extracted):
    left = set(texts_of(catalogue)) - set(texts_of(extracted))

    assert not left, "run `make messages`"
    assert not catalogue.obsolete
    assert not [text.id for text in catalogue if text.id and text.fuzzy]


def test_english_has_the_places_of_the_chinese(catalogue):
    for (_use, chinese), english in texts_of(catalogue).items():
        assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(chinese)), chinese
        # Templates fill in every text, so that a sign of its own would be taken for a place.
        assert "%" not in PLACEHOLDER.sub("", english), chinese


def test_english_is_english(catalogue):
    assert not [english for english in texts_of(catalogue).values() if HAN.search(english)]


def test_words_of_tables_are_collected(extracted):
    known = texts_of(extracted)

    assert {(use or None, word) for word, use in labels.words()} <= set(known)
    assert ("state", "复号") in known
    assert ("act", "复号") in known


def test_pages_of_residents_have_texts_of_their_own():
    web = ROOT / "survey/web"
    sources = [*(web / "public").glob("*.py"), *(web / "templates/public").glob("*.html")]

    assert len(sources) > 20
    spoken = re.compile(r"\b_\(|gettext|flask_babel|\|\s*(?:term|day|short_day|moment|weekday)\b")
    assert not [source.name for source in sources if spoken.search(source.read_text("utf-8"))]
