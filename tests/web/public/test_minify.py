"""Scripts made small still say the same."""

import pytest

from survey.web.public import source
from survey.web.public.minify import minify
from survey.web.public.source import HERE


@pytest.mark.parametrize(
    ("script", "small"),
    [
        ("var outer = 1; // said\n", "var outer=1;"),
        ("function f(first, second) { return first + second; }", "function f(a,b){return a+b}"),
        ("function f(x) { for (; x; x--); }", "function f(a){for(;a;a--);}"),
        ("function f(x) { return x. x }", "function f(a){return a.x}"),
        ("function f(k) { return { k: k, 'k': 1 } }", "function f(a){return{k:a,'k':1}}"),
        ("function f(x) { return a + function (y) { return x + y + a } }",
         "function f(b){return a+function(c){return b+c+a}}"),
        ("function f(x) { return /[/'\"]x/.test(x) / 2 / x }",
         "function f(a){return/[/'\"]x/.test(a)/2/a}"),
        ("function f(x) { return x + +1 - -x }", "function f(a){return a+ +1- -a}"),
        ("function f() { try { g() } catch (e) { /* no */ } }", "function f(){try{g()}catch(a){}}"),
        ("a = 1\nb = 2", "a=1\nb=2"),
        ("function f(x, y) { var z = [x, y], w; return function (x) { w = z; return x } }",
         "function f(b,c){var d=[b,c],a;return function(b){a=d;return b}}"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_script(script: str, small: str) -> None:
    assert minify(script) == small


def test_a_variable_may_not_hide_what_is_the_browsers() -> None:
    with pytest.raises(ValueError, match="location"):
        minify("function f(location) { return location }")


def test_texts_and_outermost_names_stay() -> None:
    small = source.script("digest.js", "outbox.js")

    assert small.startswith("function engine()")
    assert "var outbox=" in small
    assert "'pingyi-taken:'" in small
    assert len(small) < 0.6 * sum(len((HERE / n).read_text()) for n in ("digest.js", "outbox.js"))
