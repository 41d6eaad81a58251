"""Which items are asked: `forms/routing.py`."""

from hypothesis import given
from hypothesis import strategies as st

from forms.definition import Item, ItemKind, Questionnaire, Section, Subject, Wording
from forms.expressions import holds
from forms.routing import asked
from forms.xlsform import read_xlsform
from tests.forms.strategies import questionnaires
from tests.forms.workbooks import sample

FORM_C = read_xlsform(sample("C_"), "c.xlsx")


@given(questionnaires(), st.data())
def test_an_item_is_asked_exactly_when_its_condition_holds_over_what_was_asked(form, data):
    answers = {
        item.code: data.draw(st.sampled_from([None, *item.option_codes])) for item in form.items
    }
    reached = asked(form, answers)
    seen = {code: value for code, value in answers.items() if code in reached}

    for item in form.items:
        assert (item.code in reached) == (not item.relevant or holds(item.relevant, seen))


def test_conditions_of_form_c():
    always = {item.code for item in FORM_C.items if not item.relevant}

    assert asked(FORM_C, {}) == always | {"C03"}
    assert asked(FORM_C, {"C02": "0", "C50": "5"}) == always
    unhappy = {"C02": "0", "C50": "2", "C51": ("b96",), "C55": "1"}
    assert asked(FORM_C, unhappy) == always | {"C51", "C52", "C55", "C56"}


def test_an_answer_to_what_is_not_asked_opens_nothing():
    assert "C52" not in asked(FORM_C, {"C50": "5", "C51": ("b96",)})
    assert "C56" not in asked(FORM_C, {"C50": "5", "C55": "1"})


def test_a_section_that_is_skipped_takes_its_items_along():
    def text(code, relevant=""):
        return Item(code, ItemKind.TEXT, Wording(), relevant=relevant)

    form = Questionnaire(
        "Q",
        "1",
        Wording(),
        ("zh",),
        Subject.BRANCH,
        (
            Section("g1", Wording(), (text("A"),)),
            Section("g2", Wording(), (text("B"),), relevant="${A} = 'x'"),
            Section("g3", Wording(), (text("C", "${B} = 'y'"),)),
        ),
    )

    assert asked(form, {"A": "x", "B": "y"}) == {"A", "B", "C"}
    assert asked(form, {"A": "z", "B": "y"}) == {"A"}
