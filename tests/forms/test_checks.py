"""Design faults: `forms/checks.py`; places in a workbook are tested with `forms/xlsform.py`."""

import dataclasses

from hypothesis import given

from forms.checks import MAX_QUESTIONS, design_faults, is_dimension
from forms.definition import (
    Item,
    ItemKind,
    Questionnaire,
    ResponseOption,
    Section,
    Subject,
    Wording,
)
from forms.xlsform import read_xlsform
from tests.forms.strategies import questionnaires
from tests.forms.workbooks import sample

FORM_A = read_xlsform(sample("A_"), "a.xlsx")


def with_items(*items):
    section = Section("g", Wording(), items)
    return Questionnaire("Q", "1", Wording(), ("zh",), Subject.BRANCH, (section,))


def choice(code, size, dimension="work", points=1.0):
    options = tuple(ResponseOption(f"o{n}", Wording(), points) for n in range(size))
    return Item(
        code, ItemKind.SINGLE_CHOICE, Wording(), scale="s", options=options, dimension=dimension
    )


def parts_of(form):
    return [fault.part for fault in design_faults(form)]


def test_the_sample_has_no_fault():
    assert design_faults(FORM_A) == ()
    assert design_faults(read_xlsform(sample("C_"), "c.xlsx")) == ()


@given(questionnaires())
def test_conditions_that_look_back_are_no_fault(form):
    assert not {"name", "relevant", "constraint"} & set(parts_of(form))


def test_a_form_asks_something_and_not_too_much():
    assert parts_of(with_items(Item("n", ItemKind.NOTE, Wording()))) == ["type"]
    many = [Item(f"Q{n}", ItemKind.TEXT, Wording()) for n in range(MAX_QUESTIONS + 1)]
    assert parts_of(with_items(*many)) == ["type"]


def test_a_choice_has_as_many_options_as_can_be_coded():
    assert parts_of(with_items(choice("Q1", 60))) == []
    assert parts_of(with_items(choice("Q1", 61))) == ["type"]
    assert parts_of(with_items(choice("Q1", 1))) == ["type"]


def test_one_scored_item_is_the_overall_evaluation():
    assert parts_of(with_items(choice("Q1", 2, "overall"))) == []
    two = with_items(choice("Q1", 2, "overall"), choice("Q2", 2, "overall"))
    assert parts_of(two) == ["dimension"]
    assert parts_of(with_items(choice("Q1", 2, "overall", None))) == ["dimension"]


def test_importance_names_what_it_weighs():
    assert is_dimension("imp_clean")
    assert is_dimension("")
    assert not is_dimension("imp_")
    assert not is_dimension("imp_cleen")


def test_faults_of_a_section_are_placed_at_the_section():
    sections = list(FORM_A.sections)
    sections[1] = dataclasses.replace(sections[1], relevant="${A30} = '1'")
    faults = design_faults(dataclasses.replace(FORM_A, sections=tuple(sections)))

    assert [(fault.place, fault.part) for fault in faults] == [(("section", 1), "relevant")]
