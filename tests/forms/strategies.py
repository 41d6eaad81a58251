"""Questionnaires and answers to them, made up by Hypothesis."""

from datetime import date

from hypothesis import strategies as st

from forms.definition import (
    ACKNOWLEDGED,
    UNANSWERED,
    Item,
    ItemKind,
    Questionnaire,
    ResponseOption,
    Section,
    Subject,
    Wording,
)
from forms.routing import asked

texts = st.text("字é\U00020000a<&", min_size=1, max_size=3)


@st.composite
def wordings(draw):
    text = draw(texts)
    return Wording((("zh", text), *draw(st.sampled_from([(), (("en", text),)]))))


@st.composite
def options(draw):
    count = draw(st.integers(2, 7))
    is_scored = draw(st.booleans())
    return tuple(
        ResponseOption(
            f"o{number}",
            draw(wordings()),
            draw(st.none() | st.integers(0, 100).map(float)) if is_scored else None,
        )
        for number in range(count)
    )


@st.composite
def items(draw, code, before):
    kind = draw(st.sampled_from(list(ItemKind)))
    choices = draw(options()) if kind.value.startswith("select") else ()
    if kind is ItemKind.ACKNOWLEDGE:
        choices = (ACKNOWLEDGED,)
    relevant = ""
    if before and draw(st.booleans()):
        other = draw(st.sampled_from(before))
        option = draw(st.sampled_from(other.option_codes))
        relevant = draw(
            st.sampled_from(
                [f"selected(${{{other.code}}}, '{option}')", f"${{{other.code}}} != '{option}'"]
            )
        )
    return Item(
        code=code,
        kind=kind,
        label=draw(wordings()),
        required=kind not in UNANSWERED and draw(st.booleans()),
        relevant=relevant,
        scale=draw(st.sampled_from(["s", "sx", "t"])) if len(choices) > 1 else "",
        options=choices,
        dimension=draw(st.sampled_from(["open", "contact", "work", ""])),
        weight=draw(st.none() | st.integers(0, 9).map(float)),
        calculation=draw(calculations(before)) if kind is ItemKind.CALCULATE else "",
        bounds=(0.0, 10.0, draw(st.sampled_from([1.0, 0.5]))) if kind is ItemKind.RANGE else None,
    )


@st.composite
def calculations(draw, before):
    terms = [f"if(${{{other.code}}} = '{other.option_codes[0]}', 1, 0)" for other in before[:3]]
    return " + ".join([*terms, draw(st.sampled_from(["1", "0.5"]))])


@st.composite
def questionnaires(draw):
    """Sound questionnaires of up to nine items, with conditions that look back."""
    sections, before = [], []
    for number in range(draw(st.integers(1, 3))):
        members = []
        for place in range(draw(st.integers(0, 3))):
            item = draw(items(f"Q{number}{place}", before))
            members.append(item)
            if item.options:
                before.append(item)
        sections.append(Section(f"g{number}", draw(wordings()), tuple(members)))
    return Questionnaire(
        code="Q",
        version=draw(texts),
        title=draw(wordings()),
        languages=("zh", "en"),
        subject=draw(st.sampled_from(list(Subject))),
        sections=tuple(sections),
    )


def _shorter(number):
    return f"{number:f}".rstrip("0").rstrip(".")


DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)).map(date.isoformat)
TIMES = st.times().map(lambda moment: f"{moment:%H:%M}")
OPEN_ANSWERS = {
    ItemKind.TEXT: st.text("abc 好\n", min_size=1).map(lambda t: f"x{t}y"),
    ItemKind.INTEGER: st.integers(-999_999_999, 999_999_999).map(str),
    ItemKind.DECIMAL: st.decimals(-999_999_999, 999_999_999, places=3).map(
        lambda number: _shorter(number) if number else "0"
    ),
    ItemKind.RANGE: st.integers(0, 10).map(str),
    ItemKind.DATE: DAYS,
    ItemKind.TIME: TIMES,
    ItemKind.DATETIME: st.tuples(DAYS, TIMES).map("T".join),
    ItemKind.IMAGE: st.binary(min_size=32, max_size=32).map(bytes.hex),
    ItemKind.GEOPOINT: st.just("31.9802 120.8943 0 12.5"),
    ItemKind.ACKNOWLEDGE: st.just(ACKNOWLEDGED.code),
}


@st.composite
def answers_to(draw, questionnaire):
    """Answers that such a questionnaire accepts: what is asked, and every required item of it."""
    values = {}
    for item in questionnaire.items:
        if item.code not in asked(questionnaire, values):
            continue
        if not item.required and draw(st.booleans()):
            values[item.code] = None
        elif item.kind is ItemKind.SINGLE_CHOICE:
            values[item.code] = draw(st.sampled_from(item.option_codes))
        elif item.kind is ItemKind.MULTIPLE_CHOICE:
            chosen = draw(st.sets(st.sampled_from(item.option_codes), min_size=1))
            values[item.code] = tuple(code for code in item.option_codes if code in chosen)
        else:
            values[item.code] = draw(OPEN_ANSWERS[item.kind])
    return values


@st.composite
def filled_in(draw):
    """A questionnaire and answers to it."""
    questionnaire = draw(questionnaires())
    return questionnaire, draw(answers_to(questionnaire))
