"""Styles and scripts of residents' pages stay within what Chromium 69 knows (September 2018)."""

import re

import pytest

from survey.web.public import source
from survey.web.public.source import HERE

STYLES = sorted(path.name for path in HERE.glob("*.css"))
SCRIPTS = sorted(path.name for path in HERE.glob("*.js"))

TOO_NEW_STYLE = {
    "selectors of 2020 and later": r":(?:is|where|has|focus-visible|not\([^)]*,)\b",
    "functions of 2020 and later": r"\b(?:clamp|min|max|color-mix|light-dark|round)\(",
    "gap but in grids": r"(?<!grid-)(?<!column-)\bgap\s*:",
    "logical and shorthand places": (
        r"\b(?:inset|(?:margin|padding|border)-(?:inline|block)[\w-]*)\s*:"
    ),
    "later properties": (
        r"\b(?:aspect-ratio|accent-color|content-visibility|scrollbar-gutter|translate|rotate|scale"
        r"|overflow-wrap:\s*anywhere|place-\w+-content|isolation-mode|appearance:\s*auto)\s*:"
    ),
    "later at-rules": r"@(?:layer|container|property|scope|starting-style)\b",
    "later units": r"\d(?:[dsl]v[hw]|cq[wh]|lh|rlh)\b",
    "nesting": r"&",
    "colours with spaces": r"rgba?\(\d+ \d+",
}
TOO_NEW_SCRIPT = {
    "optional chaining": r"\?\.(?!\d)",
    "nullish coalescing": r"\?\?",
    "logical assignment": r"(?:\|\||&&)=",
    "arrow functions, which WebViews of 2014 lack too": r"=>",
    "let, const and classes": r"\b(?:let|const|class|async|await|import|export)\s+[\w{*]",
    "templates": r"`",
    "spread": r"\.\.\.",
    "big numbers and separators": r"\b\d+n\b|\d_\d",
    "later methods": (
        r"\.(?:at|flat|flatMap|replaceAll|matchAll|allSettled|any|fromEntries|hasOwn|toSorted"
        r"|toReversed|findLast|findLastIndex|replaceChildren|structuredClone|trimStart|trimEnd)\("
    ),
    "later objects": (
        r"\b(?:globalThis|BigInt|WeakRef|structuredClone|queueMicrotask|ResizeObserver"
        r"|crypto\.subtle|crypto\.randomUUID|navigator\.locks|requestIdleCallback)\b"
    ),
    "later patterns": r"\(\?<[=!]?|/[gimuy]*[sdv][gimuy]*(?=[.,;)])",
    "service workers, which WeChat lacks": r"serviceWorker",
}


def found(rules: dict[str, str], text: str) -> dict[str, str]:
    """Return what of `text` breaks a rule, by rule."""
    hits = {name: re.search(rule, text) for name, rule in rules.items()}
    return {name: hit[0] for name, hit in hits.items() if hit}


@pytest.mark.parametrize("name", STYLES)
def test_styles_are_known_to_old_phones(name: str) -> None:
    assert found(TOO_NEW_STYLE, source.style(name)) == {}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_known_to_old_phones(name: str) -> None:
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", (HERE / name).read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"'(?:[^'\\\n]|\\.)*'", "''", code)

    assert found(TOO_NEW_SCRIPT, text) == {}


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (TOO_NEW_STYLE, ".a:is(b){c:d}"),
        (TOO_NEW_STYLE, "a{gap:1px}"),
        (TOO_NEW_STYLE, "a{width:clamp(1px,2px,3px)}"),
        (TOO_NEW_STYLE, "a{inset:0}"),
        (TOO_NEW_STYLE, "a{aspect-ratio:1}"),
        (TOO_NEW_STYLE, "a{height:100dvh}"),
        (TOO_NEW_SCRIPT, "a?.b"),
        (TOO_NEW_SCRIPT, "a ?? b"),
        (TOO_NEW_SCRIPT, "x.replaceAll('a', 'b')"),
        (TOO_NEW_SCRIPT, "globalThis.a"),
        (TOO_NEW_SCRIPT, "[].flat()"),
        (TOO_NEW_SCRIPT, "f(...a)"),
        (TOO_NEW_SCRIPT, "const a = 1"),
    ],
)
def test_what_is_too_new_is_seen(rules: dict[str, str], text: str) -> None:
    assert found(rules, text)


def test_pages_carry_no_comments() -> None:
    style = source.style(*STYLES)
    script = source.script(*SCRIPTS)

    assert "/*" not in style
    assert "//" not in re.sub(r"'(?:[^'\\\n]|\\.)*'", "", script).replace("://", "")
