"""Rule sets as files: JSON that people can read, mend and hand on; the shipped presets are some.

A file names only what differs from the default rule set; what is exported names everything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forms.definition import Questionnaire, Subject
from forms.digest import digest_of
from reports.rule_faults import RuleFault, RulesInvalid
from reports.rule_reading import build
from reports.rules import DEFAULT, RuleSet, from_data, importance_items, to_data

FOLDER = Path(__file__).resolve().parent / "presets"
MAX_BYTES = 256 * 1024
FORMAT = 1
STANDARD, SERVICES = "pass60", "hcp"


@dataclass(frozen=True)
class Title:
    """What a rule set is called."""

    zh: str
    en: str = ""


@dataclass(frozen=True)
class RuleFile:
    """A rule set with what a file says about it.

    Attributes:
        code: letters, digits, "_" and ".", as of rounds.
        source: where its values come from, in a sentence.
    """

    code: str
    title: Title
    rules: RuleSet
    source: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the rule set's canonical JSON."""
        return digest_of(to_data(self.rules))


@dataclass(frozen=True)
class _Head:
    format: int
    code: str
    title: Title
    source: str = ""


def read_file(data: bytes) -> RuleFile:
    """Return the rule set of a file.

    Raises:
        RulesInvalid: names every key with its value and what to do.
    """
    try:
        if len(data) > MAX_BYTES:
            raise ValueError(f"{len(data)} bytes")
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise RulesInvalid(
            [RuleFault("file", where, "不是JSON文件，请照导出的样子改", "this is no JSON file")]
        ) from error
    if not isinstance(found, Mapping) or not isinstance(found.get("rules", {}), Mapping):
        raise RulesInvalid(
            [RuleFault("rules", "", "请照导出的样子写", "write it as an exported file is written")]
        )
    head = build(_Head, {name: each for name, each in found.items() if name != "rules"})
    if head.format != FORMAT:
        raise RulesInvalid(
            [RuleFault("format", str(head.format), f"请写 {FORMAT}", f"write {FORMAT}")]
        )
    rules = from_data(found.get("rules", {}), DEFAULT)
    return RuleFile(head.code, head.title, rules, head.source)


def write_file(file: RuleFile) -> bytes:
    """Return a file that `read_file` reads back to the same rule set, to the digest."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "code": file.code,
        "title": {"zh": file.title.zh, "en": file.title.en},
        "source": file.source,
        "rules": to_data(file.rules),
    }
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


@cache
def presets() -> Mapping[str, RuleFile]:
    """Return the shipped rule sets by code, the standard one first."""
    found = [read_file(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))]
    found.sort(key=lambda each: (each.code != STANDARD, each.code))
    return {each.code: each for each in found}


def preset_for(questionnaires: list[Questionnaire]) -> RuleFile:
    """Return the preset that a round of these questionnaires starts from (domain.md 2.8 and 3).

    Rounds of the good/bad rating alone have their own; everything else has the standard one.
    """
    is_services = bool(questionnaires) and all(
        form.subject is Subject.WINDOW and not importance_items(form) for form in questionnaires
    )
    return presets()[SERVICES if is_services else STANDARD]
