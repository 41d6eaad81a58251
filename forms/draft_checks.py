"""What a draft still lacks before it can be published, said at its place."""

from __future__ import annotations

from collections.abc import Iterator

from forms.checks import DesignFault, Place, design_faults
from forms.definition import CHOICES, DEFAULT_LANGUAGE, Item, ItemKind, Questionnaire
from forms.spreadsheet.choices import OPTION_CODE
from forms.spreadsheet.settings import FORM_ID, MAX_TITLE, MAX_VERSION

MAX_LABEL = 500


def draft_faults(questionnaire: Questionnaire) -> tuple[DesignFault, ...]:
    """Return every fault: what an import would refuse too, then what makes a form unanswerable."""
    return (
        *_form_faults(questionnaire),
        *_item_faults(questionnaire),
        *design_faults(questionnaire),
    )


def _form_faults(questionnaire: Questionnaire) -> Iterator[DesignFault]:
    form = ("form", 0)
    title = questionnaire.title.to(DEFAULT_LANGUAGE)
    if not FORM_ID.fullmatch(questionnaire.code):
        zh = "问卷代码应以英文字母开头，只含英文字母、数字和下划线，不超过64个字符"
        en = "a form's code starts with a letter and has letters, digits and _, up to 64"
        yield DesignFault(form, "code", questionnaire.code, zh, en)
    if not 0 < len(title) <= MAX_TITLE:
        zh, en = f"请写表名，不超过{MAX_TITLE}字", f"give the title, up to {MAX_TITLE} characters"
        yield DesignFault(form, "title", title, zh, en)
    if len(questionnaire.version) > MAX_VERSION:
        zh, en = f"版本不超过{MAX_VERSION}字", f"a version has up to {MAX_VERSION} characters"
        yield DesignFault(form, "version", questionnaire.version, zh, en)
    for number, section in enumerate(questionnaire.sections):
        if section.title and not section.items:
            zh, en = "这一部分还没有题目，请加题或删掉", "this part is empty; fill or remove it"
            yield DesignFault(("section", number), "title", section.code, zh, en)


def _item_faults(questionnaire: Questionnaire) -> Iterator[DesignFault]:
    for number, item in enumerate(questionnaire.all_items()):
        place = ("item", number)
        label = dict(item.label.texts).get(DEFAULT_LANGUAGE, "")
        if item.kind is not ItemKind.CALCULATE and not label:
            yield DesignFault(place, "label", "", "还没有写题目", "the question is missing")
        if len(label) > MAX_LABEL:
            zh, en = f"题目不超过{MAX_LABEL}字", f"a question has up to {MAX_LABEL} characters"
            yield DesignFault(place, "label", "", zh, en)
        if item.kind is ItemKind.CALCULATE and not item.calculation:
            zh, en = "还没有写怎么算", "say how it is calculated"
            yield DesignFault(place, "calculation", "", zh, en)
        yield from _option_faults(place, item)


def _option_faults(place: Place, item: Item) -> Iterator[DesignFault]:
    if item.kind in CHOICES and not item.options:
        yield DesignFault(place, "options", "", "还没有选项", "there are no options yet")
    seen: set[str] = set()
    for option in item.options:
        if not OPTION_CODE.fullmatch(option.code):
            zh = "选项编码只含英文字母、数字、_ . -，不超过32个字符"
            en = "an option's code has letters, digits, _ . - only, up to 32"
            yield DesignFault(place, "options", option.code, zh, en)
        elif option.code in seen:
            zh, en = f"选项编码“{option.code}”用了两次", f"the code {option.code} is used twice"
            yield DesignFault(place, "options", option.code, zh, en)
        if not dict(option.label.texts).get(DEFAULT_LANGUAGE, ""):
            zh, en = f"选项“{option.code}”还没有写文字", f"option {option.code} has no text"
            yield DesignFault(place, "options", option.code, zh, en)
        seen.add(option.code)
