"""The phone judges conditions, digests texts and solves puzzles exactly as the server does."""

import hashlib
import json
import math
import secrets
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from forms.expressions import evaluate, parse, to_data
from survey.collection import proof
from survey.web.public import source

CASES = json.loads(
    (Path(__file__).resolve().parents[1] / "forms" / "expression_cases.json").read_text("utf-8")
)


@pytest.fixture
def evaluator(page: Page) -> Page:
    page.goto("about:blank")
    page.add_script_tag(content=source.script("expressions.js", "functions.js", "digest.js"))
    return page


def spelled(value: Any) -> str:
    """Return an answer as the phone holds it: option codes with spaces between them."""
    return " ".join(value) if isinstance(value, list) else value or ""


def test_the_common_table_holds_on_the_phone(evaluator: Page) -> None:
    rows = [
        [
            to_data(parse(text)),
            {code: spelled(value) for code, value in answers.items()},
            spelled(current),
        ]
        for text, answers, current, _ in CASES
    ]
    results = evaluator.evaluate(
        """rows => rows.map(r => {
            const v = expressions.evaluate(r[0], r[1], r[2]);
            return typeof v === 'number' && !isFinite(v) ? String(v) : v;
        })""",
        rows,
    )

    for (text, answers, current, expected), result in zip(CASES, results, strict=True):
        assert result == expected or (isinstance(expected, bool) and bool(result) is expected), (
            f"{text} with {answers} and {current!r}: {result!r}, not {expected!r}"
        )


NUMBERS = ["1", "0", "-2.5", "3", "7", "0.1", "", "abc", " 4 ", "1e3", "+1", "12345678901234567890"]


@pytest.mark.parametrize("operator", ["+", "-", "*", "div", "mod", "<", "<=", "=", "!="])
def test_arithmetic_agrees_with_the_server(evaluator: Page, operator: str) -> None:
    expression = parse(f"number(${{a}}) {operator} number(${{b}})")
    pairs = [{"a": a, "b": b} for a in NUMBERS for b in NUMBERS]
    found = evaluator.evaluate(
        "a => a[1].map(p => String(expressions.evaluate(a[0], p, '')))",
        [to_data(expression), pairs],
    )

    for pair, text in zip(pairs, found, strict=True):
        ours = evaluate(expression, pair)
        if isinstance(ours, bool):
            assert text == str(ours).lower(), pair
        elif math.isnan(ours):
            assert text == "NaN", pair
        else:
            assert float(text.replace("Infinity", "inf")) == ours, pair


@pytest.mark.parametrize("text", ["", "abc", "评议𠀀", *("a" * n for n in (55, 56, 63, 64, 200))])
def test_digests_agree_with_the_server(evaluator: Page, text: str) -> None:
    found = evaluator.evaluate("text => engine().hash(text)", text)
    assert found == hashlib.sha256(text.encode()).hexdigest()


def test_proofs_agree_with_the_server(evaluator: Page) -> None:
    key = secrets.token_urlsafe(20)
    text = f"pingyi-pow:7K3M9QXT:{key}"
    found = evaluator.evaluate("a => engine().puzzle(a[0], a[1])(1e9)", [text, proof.PUZZLE])
    assert found == proof.solve("7K3M9QXT", key)
