"""Refusals: what the platform will not do, with a stable code and a sentence to act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SurveyError(Exception):
    """A refusal. `code` never changes; `zh` and `en` say what to do in one sentence each.

    `status` is the HTTP status that fits the refusal; the command line ignores it.
    """

    code = "REFUSED"
    status = 409

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{self.code}: {en}")
        self.zh = zh
        self.en = en

    def message(self, language: str = "zh") -> str:
        """Return the sentence in the reader's language."""
        return self.en if language.startswith("en") else self.zh


class NotFound(SurveyError):
    """There is no such thing, or the actor may not know that there is."""

    code = "NOT_FOUND"
    status = 404


class NotAllowed(SurveyError):
    """The actor has no right to this act."""

    code = "NOT_ALLOWED"
    status = 403


class ConfigError(SurveyError):
    """A setting is missing or unsafe; the platform does not start."""

    code = "CONFIG"
    status = 500


@dataclass(frozen=True)
class Fault:
    """One thing wrong in an imported file: where, what stands there, and what to do.

    `row` is the row of the file as a person counts it (the header is row 1); `column` is the
    header's text. Both may be empty where the file as a whole is meant. `sheet` is empty in CSV.
    """

    row: int
    column: str
    value: str
    zh: str
    en: str
    sheet: str = ""

    def sentence(self, language: str = "zh") -> str:
        """Return place, finding and remedy as one sentence for people."""
        if language.startswith("en"):
            place = [f'sheet "{self.sheet}"'] if self.sheet else []
            place += [f"row {self.row}"] if self.row else []
            place += [f'"{self.column}"'] if self.column else []
            found = f'found "{self.value}"; ' if self.value else ""
            text = f"{', '.join(place)}: {found}{self.en}" if place else f"{found}{self.en}"
            return text[:1].upper() + text[1:]
        where = f"工作表“{self.sheet}”" if self.sheet else ""
        where += f"第{self.row}行" if self.row else ""
        where += f"“{self.column}”" if self.column else ""
        found = f"填了“{self.value}”，" if self.value else ""
        return f"{where}：{found}{self.zh}" if where else f"{found}{self.zh}"


class ImportRefused(SurveyError):
    """A file was not imported, nothing of it; `faults` names every place to mend."""

    code = "IMPORT_REFUSED"
    status = 422

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            f"没有导入，{len(faults)}处需要改",
            f"Nothing was imported; {len(faults)} places to mend",
        )
        self.faults = tuple(faults)
