"""Questionnaires as workbooks and back: `forms/xlsform_export.py`."""

import dataclasses
import io

import openpyxl
import pytest
from hypothesis import assume, given, settings
from pyxform.xls2xform import convert

from forms.checks import design_faults
from forms.definition import CHOICES, ItemKind, Wording
from forms.digest import digest
from forms.variants import Facts, Row, tailor
from forms.xlsform import read_xlsform
from forms.xlsform_export import NotExportable, to_xlsform
from tests.forms.strategies import questionnaires
from tests.forms.workbooks import XLSFORMS, sample

NAMES = [file.name for file in sorted(XLSFORMS.glob("*.xlsx"))]


@pytest.mark.parametrize("name", NAMES)
def test_each_instrument_comes_back_with_its_digest(name):
    form = read_xlsform((XLSFORMS / name).read_bytes(), name)

    data = to_xlsform(form)

    assert digest(read_xlsform(data, "again.xlsx")) == digest(form)
    assert to_xlsform(read_xlsform(data, "again.xlsx")) is not None


@pytest.mark.parametrize("name", NAMES)
def test_pyxform_reads_the_file_itself(name, tmp_path):
    form = read_xlsform((XLSFORMS / name).read_bytes(), name)
    path = tmp_path / "form.xlsx"
    path.write_bytes(to_xlsform(form))

    xform = convert(str(path)).xform

    assert form.code in xform
    assert all(item.code in xform for item in form.all_items())


def _sound(form):
    """Return `form` as an import could have made it: measured, named, with lists of its own."""
    sections = []
    for section in form.sections:
        items = []
        for item in section.items:
            changes = {"scale": f"s{item.code}"} if item.kind in CHOICES and item.scale else {}
            if not item.is_question:
                changes |= {"dimension": "", "weight": None}
            elif item.is_scored:
                changes |= {"dimension": "work"}
            if item.kind is ItemKind.CALCULATE:
                changes |= {"label": Wording()}
            items.append(dataclasses.replace(item, **changes))
        if items:
            sections.append(dataclasses.replace(section, items=tuple(items)))
    return dataclasses.replace(form, sections=tuple(sections), is_named=True)


@settings(max_examples=12, deadline=None)
@given(questionnaires())
def test_what_is_exported_is_imported_again(form):
    form = _sound(form)
    assume(not design_faults(form))

    assert read_xlsform(to_xlsform(form), "form.xlsx") == form


def test_a_filled_form_is_exported_as_a_form_of_its_own():
    facts = Facts("B1", "一支部", "一", "区办", (Row("M1", "甲"), Row("M2", "乙")))
    form = tailor(read_xlsform(sample("G_"), "g.xlsx"), facts)

    survey = openpyxl.load_workbook(io.BytesIO(to_xlsform(form)))["survey"]

    assert {row[1].value for row in survey.iter_rows()} >= {"gM1", "G1_M1", "gM2", "G4_M2"}


def test_what_looks_like_a_formula_stays_a_text():
    form = read_xlsform(sample("A_"), "a.xlsx")
    form = dataclasses.replace(form, title=Wording((("zh", '=HYPERLINK("http://x")'),)))

    cell = openpyxl.load_workbook(io.BytesIO(to_xlsform(form)))["settings"].cell(2, 1)

    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x")')


def test_lists_of_one_name_must_be_alike():
    form = read_xlsform(sample("A_"), "a.xlsx")
    section = form.sections[1]
    odd = dataclasses.replace(section.items[0], options=section.items[0].options[:2])
    sections = (
        form.sections[0],
        dataclasses.replace(section, items=(odd, *section.items[1:])),
        *form.sections[2:],
    )

    with pytest.raises(NotExportable, match="sat4"):
        to_xlsform(dataclasses.replace(form, sections=sections))
