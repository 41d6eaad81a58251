"""Workbooks in, questionnaires or faults out: `forms/xlsform.py`."""

from datetime import date

import pytest

from forms.definition import ItemKind, Subject
from forms.xlsform import read_xlsform
from tests.forms.workbooks import ZH, faults_of, sample, workbook


def places_of(data: bytes):
    return [(fault.sheet, fault.row, fault.column) for fault in faults_of(data)]


def test_form_a_of_the_sample_is_read_whole():
    form = read_xlsform(sample("A_"), "A_branch_mass.xlsx")

    assert (form.code, form.version, form.languages) == ("A_branch_mass", "2026.1", ("zh", "en"))
    assert form.subject is Subject.BRANCH
    assert form.title.to("zh") == "党支部群众评议表"
    assert [section.code for section in form.sections] == ["_1", "gA1", "gA2", "_4"]
    assert [len(section.items) for section in form.sections] == [3, 5, 5, 6]
    assert [item.code for item in form.items if item.is_scored] == [
        *("A11", "A12", "A13", "A14", "A15", "A21", "A22", "A23", "A24", "A25", "A30"),
    ]
    assert form.item("A11").option("9").points is None
    assert form.item("A30").dimension == "overall"
    assert form.item("A31").kind is ItemKind.MULTIPLE_CHOICE
    assert form.item("A31").constraint == "count-selected(.) <= 3"
    assert form.item("A33").relevant.startswith("${A30} = '1' or")
    assert form.item("A34").label.to("en") == "Any other comments or suggestions?"
    assert {item.weight for item in form.items} == {None}


def test_form_c_of_the_sample_is_read_whole():
    form = read_xlsform(sample("C_"), "C_window_sat.xlsx")

    assert form.subject is Subject.WINDOW
    assert len(form.items) == 33
    assert [option.points for option in form.item("C11").options] == [100, 80, 60, 30, 0, None]
    assert form.item("C31").dimension == "imp_sunshine"
    assert not form.item("C31").is_scored
    assert form.item("C56").is_contact
    assert not form.item("C55").is_contact
    assert form.item("C03").relevant == "${C02} != '0'"


def test_the_items_sheet_gives_weight_and_veto():
    form = read_xlsform(workbook(), "x.xlsx")

    assert (form.item("X11").weight, form.item("X11").is_veto) == (2, True)
    assert (form.item("X12").weight, form.item("X12").is_veto) == (None, False)


ODD = ["barcode", "audio", "select_one_from_file x.csv", "begin_repeat", "geotrace", "rank who"]


@pytest.mark.parametrize("kind", ODD)
def test_what_is_not_supported_is_refused_by_its_place(kind):
    assert places_of(workbook({("survey", 5, 1): kind}))[0] == ("survey", 5, "type")


def with_rows(*rows, named="", columns=("calculation", "parameters")):
    """Return the small workbook with rows added to the sheet survey, and a column `named`."""
    changes = {("survey", 1, 9 + n): header for n, header in enumerate(columns)}
    changes |= {("settings", 1, 6): "named", ("settings", 2, 6): named}
    return workbook(changes, extra=[("survey", row) for row in rows])


def test_each_kind_of_item_is_read():
    rows = [
        ["integer", "N1", "几次", "Times"],
        ["decimal", "N2", "多少", "How much"],
        ["range", "N3", "几分", "Mark", "", "", "", "", "", "start=0 end=10 step=0.5"],
        ["date", "N4", "哪天", "Day"],
        ["time", "N5", "几点", "Time"],
        ["dateTime", "N6", "何时", "When"],
        ["image", "N7", "照片", "Photo", "", "", "", "", "", "max-pixels=1600"],
        ["geopoint", "N8", "哪里", "Place"],
        ["acknowledge", "N9", "看过了", "Read"],
        ["calculate", "N10", None, None, "", "", "", "", "if(${X11} = '1', 1, 0)"],
        ["note", "N11", "共${N10}项", "${N10} of them", "", "${N10} > 0"],
    ]
    form = read_xlsform(with_rows(*rows, named="yes"), "x.xlsx")

    assert form.is_named
    assert [item.kind.value for item in form.all_items()][-11:] == [row[0] for row in rows]
    assert form.item("N3").bounds == (0, 10, 0.5)
    assert form.item("N9").option_codes == ("OK",)
    assert form.calculations[0].calculation == "if(${X11} = '1', 1, 0)"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (["geopoint", "N1", "哪里", "Place"], "type"),
        (["calculate", "N1"], "calculation"),
        (["calculate", "N1", None, None, "", "", "", "", "${X99} + 1"], "calculation"),
        (["calculate", "N1", None, None, "", "", "", "", "1 +"], "calculation"),
        (["calculate", "N1", None, None, "yes", "", "", "", "1"], "required"),
        (["text", "N1", "字", "Text", "", "", "", "", "1"], "calculation"),
        (["note", "N1", "共${N2}项", "x"], ZH),
        (["range", "N1", "几分", "M", "", "", "", "", "", "start=9 end=1"], "parameters"),
        (["integer", "N1", "几分", "M", "", "", "", "", "", "start=9"], "parameters"),
    ],
)
def test_a_fault_of_such_a_row_is_named(row, column):
    assert ("survey", 10, column) in places_of(with_rows(row))


def test_residents_are_asked_for_one_picture_at_most():
    rows = [["image", f"N{n}", "照片", "Photo"] for n in (1, 2)]

    assert places_of(with_rows(*rows)) == [("survey", 11, "type")]
    assert len(read_xlsform(with_rows(*rows, named="yes"), "x.xlsx").picture_items) == 2


ONE_FAULT = {
    "unknown type": (("survey", 3, 1), "select_won who", "type"),
    "no type": (("survey", 3, 1), None, "type"),
    "unknown list": (("survey", 3, 1), "select_one whom", "type"),
    "repeat": (("survey", 3, 1), "begin_repeat", "type"),
    "bad name": (("survey", 9, 2), "X 22", "name"),
    "Chinese name": (("survey", 2, 2), "简介", "name"),
    "no name": (("survey", 2, 2), None, "name"),
    "name of ours": (("survey", 2, 2), "data", "name"),
    "hidden field": (("survey", 2, 2), "ik", "name"),
    "hook name": (("survey", 2, 2), "validate_X11", "name"),
    "duplicate name": (("survey", 9, 2), "X01", "name"),
    "missing Chinese": (("survey", 3, 3), None, ZH),
    "inserted answer": (("survey", 9, 3), "您选了${X11}", ZH),
    "template": (("survey", 9, 3), "${7*7}", ZH),
    "unsure required": (("survey", 3, 5), "perhaps", "required"),
    "broken relevant": (("survey", 8, 6), "${X11} = '1", "relevant"),
    "unknown item": (("survey", 8, 6), "${X99} = '1'", "relevant"),
    "note as item": (("survey", 8, 6), "${intro} = '1'", "relevant"),
    "forward reference": (("survey", 8, 6), "${X22} = '1'", "relevant"),
    "itself": (("survey", 8, 6), "${X21} = 'slow'", "relevant"),
    "current in relevant": (("survey", 8, 6), ". = 'slow'", "relevant"),
    "option not offered": (("survey", 8, 6), "${X11} = '3'", "relevant"),
    "group sees its own item": (("survey", 4, 6), "${X11} = '1'", "relevant"),
    "unknown function": (("survey", 8, 7), "count(.) <= 2", "constraint"),
    "broken constraint": (("survey", 8, 7), "count-selected(.) <=", "constraint"),
    "unknown in constraint": (("survey", 9, 7), ". != ${X99}", "constraint"),
    "slow pattern": (("survey", 9, 7), "regex(., '(a+)+')", "constraint"),
    "constrained note": (("survey", 2, 7), ". = 'x'", "constraint"),
    "option: no list": (("choices", 3, 1), None, "list_name"),
    "option: duplicate": (("choices", 3, 2), "member", "name"),
    "option: space": (("choices", 3, 2), "m ember", "name"),
    "option: no Chinese": (("choices", 3, 3), None, ZH),
    "points: text": (("choices", 4, 5), "hundred", "points"),
    "points: too many": (("choices", 4, 5), 101, "points"),
    "points: negative": (("choices", 4, 5), -1, "points"),
    "points: nan": (("choices", 4, 5), "nan", "points"),
    "points: full width": (("choices", 4, 5), "１００", "points"),
    "points: date": (("choices", 4, 5), date(2026, 1, 1), "points"),
    "no title": (("settings", 2, 1), None, "form_title"),
    "bad id": (("settings", 2, 2), "X small", "form_id"),
    "no version": (("settings", 2, 3), None, "version"),
    "not in Chinese": (("settings", 2, 4), "English (en)", "default_language"),
    "unknown subject": (("settings", 2, 5), "person", "subject"),
    "no subject": (("settings", 2, 5), None, "subject"),
    "items: unknown": (("items", 2, 1), "X02", "name"),
    "items: twice": (("items", 2, 1), "X22", "scale"),
    "items: dimension": (("items", 2, 2), "profil", "dimension"),
    "items: scale": (("items", 2, 3), "sat", "scale"),
    "items: weight": (("items", 3, 4), "zwei", "weight"),
    "items: infinite": (("items", 3, 4), "inf", "weight"),
    "items: veto": (("items", 3, 5), "maybe", "veto"),
}


@pytest.mark.parametrize("name", ONE_FAULT)
def test_a_fault_is_named_by_sheet_row_and_column(name):
    (sheet, row, column), value, header = ONE_FAULT[name]

    assert (sheet, row, header) in places_of(workbook({(sheet, row, column): value}))


def test_every_fault_is_named_in_reading_order():
    changes = {
        ("survey", 3, 1): "barcode",
        ("survey", 8, 6): "${X11} =",
        ("survey", 9, 2): "X 22",
        ("choices", 4, 5): "x",
        ("settings", 2, 3): None,
        ("items", 3, 4): "x",
    }
    places = places_of(workbook(changes))

    assert places == [
        ("survey", 3, "type"),
        ("survey", 8, "relevant"),
        ("survey", 9, "name"),
        ("choices", 4, "points"),
        ("settings", 2, "version"),
        ("items", 3, "weight"),
        ("items", 6, "name"),
    ]


def test_an_item_that_is_refused_is_not_missed_elsewhere_as_well():
    changes = {("survey", 5, 1): "barcode"}

    assert places_of(workbook(changes)) == [("survey", 5, "type")]


@pytest.mark.parametrize("sheet", ["survey", "choices", "settings", "items"])
def test_a_missing_sheet_is_one_fault(sheet):
    assert places_of(workbook(drop=[sheet])) == [(sheet, 0, "")]


@pytest.mark.parametrize(
    ("sheet", "column", "header"),
    [
        ("survey", 1, "type"),
        ("survey", 2, "name"),
        ("choices", 1, "list_name"),
        ("settings", 2, "form_id"),
        ("items", 2, "dimension"),
    ],
)
def test_a_missing_column_is_named(sheet, column, header):
    assert (sheet, 1, header) in places_of(workbook({(sheet, 1, column): "# " + header}))


def test_missing_chinese_columns_are_named():
    assert ("survey", 1, ZH) in places_of(workbook({("survey", 1, 3): "label::Deutsch (de)"}))
    assert ("survey", 1, "label::中文") in places_of(workbook({("survey", 1, 3): "label::中文"}))


def test_a_column_that_nobody_reads_is_named_unless_it_is_a_remark():
    assert ("survey", 8, "relevent") in places_of(workbook({("survey", 1, 6): "relevent"}))
    read_xlsform(workbook({("survey", 1, 9): "#备注", ("survey", 3, 9): "待定"}), "x.xlsx")
    assert ("survey", 3, "I") in places_of(workbook({("survey", 3, 9): "stray"}))
    changes = {("survey", 1, 9): "default", ("survey", 3, 9): "member"}
    assert ("survey", 3, "default") in places_of(workbook(changes))
    assert ("survey", 1, ZH) in places_of(workbook({("survey", 1, 4): ZH}))


def test_unbalanced_groups_are_named():
    assert ("survey", 4, "type") in places_of(workbook({("survey", 7, 1): None}))
    assert ("survey", 7, "type") in places_of(workbook({("survey", 4, 1): None}))
    assert ("survey", 5, "type") in places_of(workbook({("survey", 5, 1): "begin_group"}))


def test_a_note_needs_no_measure_and_an_unscored_question_neither():
    form = read_xlsform(
        workbook({("items", 2, 1): None, ("items", 2, 2): None, ("items", 2, 3): None}), "x.xlsx"
    )

    assert form.item("X01").dimension == ""


def test_a_scored_question_needs_a_dimension():
    changes = {("items", 4, column): None for column in (1, 2, 3)}

    assert places_of(workbook(changes)) == [("survey", 6, "name")]


def test_metadata_and_hidden_fields_are_dropped():
    extra = [("survey", ["start", "start"]), ("survey", ["hidden", "org_id"])]

    assert read_xlsform(workbook(extra=extra), "x.xlsx") == read_xlsform(workbook(), "x.xlsx")
    assert places_of(workbook(extra=[("survey", ["hidden", "device"])])) == [("survey", 10, "type")]


def test_numbers_and_spaces_in_cells_are_read_as_a_person_sees_them():
    changes = {("choices", 4, 2): 2.0, ("survey", 3, 2): " X01 ", ("settings", 2, 3): 2026.1}
    form = read_xlsform(workbook(changes), "x.xlsx")

    assert form == read_xlsform(workbook(), "x.xlsx")


def test_invisible_controls_in_labels_are_taken_out():
    form = read_xlsform(workbook({("survey", 3, 3): "您的\u202e身份\ufeff？"}), "x.xlsx")

    assert form.item("X01").label.to("zh") == "您的身份？"


TEXTS = [
    "<script>alert(1)</script>", '"><svg/onload=alert(1)>', "{{7*7}}", "$7*7", "=1+1", "'; --",
    "%s%n", "a" * 1_000, "Z͑ͫ" * 200, "👨‍👩‍👧", "𠮷野家", "javascript:1",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_any_wording_is_kept_as_it_is(text):
    wanted = text if text != "=1+1" else None
    data = workbook({("survey", 3, 4): text, ("choices", 2, 4): text})

    form = read_xlsform(data, "x.xlsx")

    if wanted:  # a formula has no value until a spreadsheet program computes it
        assert dict(form.item("X01").label.texts)["en"] == wanted.strip()


def test_pyxform_has_the_last_word(monkeypatch):
    def refuse(_):
        raise RuntimeError("[row : 5] not this way")

    monkeypatch.setattr("pyxform.xls2xform.convert", refuse)

    assert places_of(workbook()) == [("survey", 5, "")]
