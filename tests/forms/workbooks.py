"""Workbooks for tests: a small sound one, changed where a test wants a fault."""

import io
from pathlib import Path

import openpyxl
import pytest

from forms.spreadsheet.faults import FormFault, XlsFormRefused
from forms.xlsform import read_xlsform

SAMPLE = Path(__file__).parents[2] / "sample"
XLSFORMS = SAMPLE / "xlsforms"

ZH = "label::中文(zh)"
EN = "label::English (en)"

SURVEY = [
    ["type", "name", ZH, EN, "required", "relevant", "constraint", "constraint_message::中文(zh)"],
    ["note", "intro", "本表不记名。", "Anonymous."],
    ["select_one who", "X01", "您的身份？", "Who are you?", "yes"],
    ["begin_group", "gX1", "一、评议", "I. Evaluation"],
    ["select_one sat", "X11", "态度", "Manner", "yes"],
    ["select_one sat", "X12", "效率", "Speed", "yes"],
    ["end_group"],
    ["select_multiple why", "X21", "原因", "Why", "", "${X11} = '1'", "count-selected(.) <= 2"],
    ["text", "X22", "建议", "Suggestions", "", "", "string-length(.) <= 500", "不超过500字"],
]
CHOICES = [
    ["list_name", "name", ZH, EN, "points"],
    ["who", "member", "党员", "Member"],
    ["who", "other", "其他", "Other"],
    ["sat", 2, "满意", "Satisfied", 100],
    ["sat", 1, "不满意", "Dissatisfied", 0],
    ["sat", 9, "不了解", "Don't know"],
    ["why", "slow", "慢", "Slow"],
    ["why", "rude", "态度不好", "Rude"],
    ["why", "far", "太远", "Far"],
]
SETTINGS = [
    ["form_title", "form_id", "version", "default_language", "subject"],
    ["小表", "X_small", "2026.1", "中文(zh)", "window"],
]
ITEMS = [
    ["name", "dimension", "scale", "weight", "veto"],
    ["X01", "profile", "who"],
    ["X11", "smile", "sat", 2, 1],
    ["X12", "efficient", "sat"],
    ["X21", "problem", "why"],
    ["X22", "open", "text"],
]


def sample(name: str) -> bytes:
    """Return the bytes of a workbook of the sample."""
    return next(XLSFORMS.glob(f"{name}*.xlsx")).read_bytes()


def workbook(changes=None, *, drop=(), extra=()) -> bytes:
    """Return the small workbook; `changes` maps (sheet, row, column number) to a cell's value."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheets = {"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS, "items": ITEMS}
    for title, rows in sheets.items():
        if title in drop:
            continue
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for title, row in extra:
        book[title].append(row)
    for (title, row, column), value in (changes or {}).items():
        book[title].cell(row, column).value = value
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def faults_of(data: bytes, file_name: str = "x.xlsx") -> list[FormFault]:
    """Return why a workbook is refused; every fault says so in two languages."""
    with pytest.raises(XlsFormRefused) as refusal:
        read_xlsform(data, file_name)
    assert all(fault.zh and fault.en for fault in refusal.value.faults)
    return list(refusal.value.faults)
