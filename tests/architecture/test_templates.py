"""House rules of templates: they compile, and nothing in them needs a weaker content policy."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parents[2] / "survey" / "web" / "templates"
ALL = sorted(TEMPLATES.rglob("*.html"))
# Pages of residents are one document each, so that a phone needs one request; their style and
# script are named by hash in a policy of their own.
SELF_CONTAINED = "public"


def names() -> list[str]:
    return [str(path.relative_to(TEMPLATES)) for path in ALL]


@pytest.mark.parametrize("name", names())
def test_template_compiles(name):
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.parse((TEMPLATES / name).read_text("utf-8"))


@pytest.mark.parametrize("name", names())
def test_template_never_trusts_a_value(name):
    text = (TEMPLATES / name).read_text("utf-8")

    assert not re.search(r"\|\s*safe\b|\bMarkup\b|autoescape\s+false", text)
    assert not re.search(r"<[^>]+\sstyle=", text), "style= needs a weaker content policy"
    assert not re.search(r"<[^>]+\son[a-z]+=", text), "handlers need a weaker content policy"
    assert "javascript:" not in text


@pytest.mark.parametrize("name", [n for n in names() if not n.startswith(SELF_CONTAINED)])
def test_console_has_no_inline_style_or_script(name):
    text = (TEMPLATES / name).read_text("utf-8")

    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("name", [n for n in names() if n.startswith("console")])
def test_every_posted_form_carries_the_token(name):
    text = (TEMPLATES / name).read_text("utf-8")

    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.S):
        assert "token" in form, form[:120]
