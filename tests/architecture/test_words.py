"""One word per thing (docs/architecture.md), in names and in what people read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from survey import schema  # noqa: F401 - brings every table
from survey.db import Base

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("forms", "reports", "survey")

# A name of ours that holds one of these words says the other one instead.
INSTEAD = {
    "user": "account or actor for staff; residents are never stored",
    "submission": "response",
    "wave": "round; a wave asks the same people again",
    "voter": "respondent, who is never stored",
    "department": "unit",
    "kpi": "indicator",
    "deployment": "collection point",
    "stats": "tally or figures",
}
# A window is always a place; a time is a fieldwork period.
TIME_WINDOW = re.compile(
    r"(time|date|fieldwork|open)_window|window_(start|end|open|close|seconds|minutes|hours|days)"
)
EMPTY_MODULES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}

# look.md 10: how the product speaks; domain.md 1.5.
UNSPOKEN = "用户 打分 评分员 受访者 最差 系统错误 操作失败 非法 请稍后再试".split()  # noqa: SIM905
READ_BY_PEOPLE = (".py", ".html", ".js", ".po")


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def names_given(path: Path) -> Iterator[str]:
    """Yield every name that a module gives: functions, classes, parameters, variables."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def words(name: str) -> list[str]:
    """Return the words of a name, snake or camel case, in lower case and singular."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return [part.lower() for part in parts] + [part.lower().removesuffix("s") for part in parts]


def test_words_are_told_apart():
    assert "user" in words("list_Users") + words("UserName")
    assert "user" not in words("abuser")


def test_names_use_the_word_of_the_house():
    found = set()
    for path in sources():
        for name in names_given(path):
            place = f"{path.relative_to(ROOT)}: {name}"
            found |= {f"{place}: say {INSTEAD[word]}" for word in words(name) if word in INSTEAD}
            if TIME_WINDOW.search(name):
                found.add(f"{place}: a window is a place")
    assert not found


def test_modules_are_named_for_what_they_hold():
    assert not [path for path in sources() if path.stem in EMPTY_MODULES]


def test_tables_and_columns_use_the_word_of_the_house():
    names = [
        name
        for table in Base.metadata.tables.values()
        for name in (table.name, *table.columns.keys())
    ]
    assert names
    assert not [name for name in names if set(words(name)) & set(INSTEAD)]


def test_people_are_not_spoken_to_like_this():
    spoken = {
        f"{path.relative_to(ROOT)}: {word}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in READ_BY_PEOPLE
        for word in UNSPOKEN
        if word in path.read_text(encoding="utf-8")
    }
    assert not spoken
