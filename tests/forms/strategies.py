"""Questionnaires and answers to them, made up by Hypothesis."""

from hypothesis import strategies as st

from forms.definition import (
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
        required=kind is not ItemKind.NOTE and draw(st.booleans()),
        relevant=relevant,
        scale=draw(st.sampled_from(["s", "sx", "t"])) if choices else "",
        options=choices,
        dimension=draw(st.sampled_from(["open", "contact", "work", ""])),
        weight=draw(st.none() | st.integers(0, 9).map(float)),
    )


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
            values[item.code] = draw(st.text("abc 好\n", min_size=1).map(lambda t: f"x{t}y"))
    return values


@st.composite
def filled_in(draw):
    """A questionnaire and answers to it."""
    questionnaire = draw(questionnaires())
    return questionnaire, draw(answers_to(questionnaire))
