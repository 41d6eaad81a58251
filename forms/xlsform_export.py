"""A questionnaire as an XLSForm workbook, which reads back as the same questionnaire."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from forms.definition import (
    DEFAULT_LANGUAGE,
    Item,
    Questionnaire,
    ResponseOption,
    Section,
    Wording,
)
from forms.notation import shortest

EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook knows no time zones
LANGUAGE_NAMES = {"zh": "中文", "en": "English"}
TRANSLATED = ("label", "hint", "required_message", "constraint_message")
SURVEY = ("type", "name", *TRANSLATED, "required", "relevant", "constraint", "appearance")
SURVEY_END = ("calculation", "parameters")
WIDTHS = {"label": 48, "relevant": 28, "constraint": 28, "calculation": 28, "type": 22}
STYLE = "theme-grid no-text-transform"

Record = Mapping[str, str | float]


class NotExportable(ValueError):
    """Two items call different option lists by one name; `scale` is the name."""

    def __init__(self, scale: str) -> None:
        super().__init__(f"two different option lists are called {scale}")
        self.scale = scale


def to_xlsform(questionnaire: Questionnaire) -> bytes:
    """Return the .xlsx file with the sheets survey, choices, settings and items.

    `read_xlsform` reads the same questionnaire in it, with the same digest; of a pattern it is
    the pattern. Other XLSForm tools read the first three sheets and know nothing of the fourth.

    Raises:
        NotExportable: option lists of one name differ.
    """
    import xlsxwriter  # a tenth of a second to load, which no page and no start should wait for

    data = io.BytesIO()
    book = xlsxwriter.Workbook(
        data,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    # The same questionnaire is the same file, whenever it is exported.
    book.set_properties({"created": EPOCH})
    for name, header, records in _sheets(questionnaire):
        _write(book, name, header, records)
    book.close()
    return data.getvalue()


def _sheets(
    questionnaire: Questionnaire,
) -> Iterator[tuple[str, list[str], list[Record]]]:
    languages = questionnaire.languages
    translated = [_header(name, code) for name in TRANSLATED for code in languages]
    survey = [*SURVEY[:2], *translated, *SURVEY[2 + len(TRANSLATED) :], *SURVEY_END]
    yield "survey", survey, list(_survey(questionnaire))
    labels = [_header("label", code) for code in languages]
    yield "choices", ["list_name", "name", *labels, "points"], list(_choices(questionnaire))
    settings = _settings(questionnaire)
    yield "settings", list(settings), [settings]
    yield "items", ["name", "dimension", "scale", "weight", "veto"], list(_items(questionnaire))


def _header(name: str, language: str) -> str:
    return f"{name}::{LANGUAGE_NAMES.get(language, language)} ({language})"


def _survey(questionnaire: Questionnaire) -> Iterator[Record]:
    for section in questionnaire.sections:
        is_group = bool(section.title or section.relevant or not section.code.startswith("_"))
        if is_group:
            yield _group(section)
        for item in section.items:
            yield _row(item)
        if is_group:
            yield {"type": "end_group"}


def _group(section: Section) -> Record:
    return {
        "type": "begin_group",
        "name": section.code,
        **_words("label", section.title),
        "relevant": section.relevant,
    }


def _row(item: Item) -> Record:
    return {
        "type": f"{item.kind} {item.scale}" if item.scale else item.kind.value,
        "name": item.code,
        **_words("label", item.label),
        **_words("hint", item.hint),
        **_words("required_message", item.required_message),
        **_words("constraint_message", item.constraint_message),
        "required": "yes" if item.required else "",
        "relevant": item.relevant,
        "constraint": item.constraint,
        "appearance": item.appearance,
        "calculation": item.calculation,
        "parameters": _parameters(item),
    }


def _parameters(item: Item) -> str:
    if item.bounds is None:
        return ""
    named = zip(("start", "end", "step"), item.bounds, strict=True)
    return " ".join(f"{name}={shortest(Decimal(repr(bound)))}" for name, bound in named)


def _choices(questionnaire: Questionnaire) -> Iterator[Record]:
    lists: dict[str, tuple[ResponseOption, ...]] = {}
    for item in questionnaire.all_items():
        if item.scale and lists.setdefault(item.scale, item.options) != item.options:
            raise NotExportable(item.scale)
    for scale, options in lists.items():
        for option in options:
            points = {} if option.points is None else {"points": option.points}
            yield {
                "list_name": scale,
                "name": option.code,
                **_words("label", option.label),
                **points,
            }


def _settings(questionnaire: Questionnaire) -> Record:
    titles = {
        _header("title", code): text
        for code, text in questionnaire.title.texts
        if code != DEFAULT_LANGUAGE
    }
    return {
        "form_title": questionnaire.title.to(DEFAULT_LANGUAGE),
        "form_id": questionnaire.code,
        "version": questionnaire.version,
        "default_language": f"{LANGUAGE_NAMES[DEFAULT_LANGUAGE]} ({DEFAULT_LANGUAGE})",
        "style": STYLE,
        "subject": questionnaire.subject.value,
        **titles,
        **({"named": "yes"} if questionnaire.is_named else {}),
    }


def _items(questionnaire: Questionnaire) -> Iterator[Record]:
    for item in questionnaire.items:
        weight = {} if item.weight is None else {"weight": item.weight}
        yield {
            "name": item.code,
            "dimension": item.dimension,
            "scale": item.scale or item.kind.value,
            **weight,
            "veto": "1" if item.is_veto else "",
        }


def _words(name: str, wording: Wording) -> dict[str, str | float]:
    return {_header(name, code): text for code, text in wording.texts}


def _write(book: Any, name: str, header: list[str], records: list[Record]) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    number = book.add_format({"valign": "top"})
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(header):
        sheet.set_column(column, column, WIDTHS.get(title.partition("::")[0], 14))
        sheet.write_string(0, column, title, bold)
    for row, record in enumerate(records, start=1):
        for column, title in enumerate(header):
            value = record.get(title, "")
            if isinstance(value, float):
                sheet.write_number(row, column, value, number)
            elif value:
                sheet.write_string(row, column, value, plain)
