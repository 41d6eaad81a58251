"""Design faults of a questionnaire: what would make it unanswerable, or its figures wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from forms.definition import ACKNOWLEDGED, EACH, Item, ItemKind, Questionnaire
from forms.expressions import Expression, ExpressionError, parse, references
from forms.syntax import Current, Literal, Operation, Reference, nodes

MAX_QUESTIONS = 150
MAX_OPTIONS = 60
MAX_NAME = 40
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
TRAP_FIELD = "url"
"""A field that no person sees; programs that fill in whatever they find fill it in too."""

HIDDEN_FIELDS = frozenset(
    {"fv", "ik", "sec", "signals", "ticket", "pow", "receipt", "lang", TRAP_FIELD}
)
"""Names of a form's fields that are not items (contract.md 4)."""

RESERVED_NAMES = HIDDEN_FIELDS | {
    # attributes of a WTForms form
    *("data", "errors", "form_errors", "meta", "Meta", "populate_obj", "post_process"),
    *("process", "validate"),
    # attributes of a form in a browser, which a field of that name would cover
    *("action", "attributes", "children", "elements", "id", "length", "method", "name"),
    *("reset", "submit", "target", "title"),
}
RESERVED_PREFIXES = ("validate_", "filter_")

DIMENSIONS = frozenset(
    {
        *("profile", "fact", "open", "contact", "consent", "confirm", "evidence", "problem"),
        *("reason", "trend", "overall", "importance", "work", "five", "fivelead", "sunshine"),
        *("smile", "standard", "efficient", "clean", "display", "contest", "aware", "delivery"),
        *("commit_sat", "solved", "resat", "agree", "integrity", "leader", "veto", "rectify"),
        *("member", "coached"),
    }
)
IMPORTANCE_PREFIX = "imp_"
"""`imp_clean` asks how important is what `clean` measures."""

INSERTED = re.compile(r"\$\{([^{}]*)\}")
"""An answer inserted into a text."""

Place = tuple[str, int]
"""("item", position among all items), ("section", position) or ("form", 0)."""


@dataclass(frozen=True)
class DesignFault:
    """One fault: where, in which part (named as XLSForm names its columns), and the remedy."""

    place: Place
    part: str
    value: str
    zh: str
    en: str


def design_faults(
    questionnaire: Questionnaire, *, also_known: Collection[str] = ()
) -> tuple[DesignFault, ...]:
    """Return every fault; conditions may name `also_known`, whatever these are."""
    return (
        *_size_faults(questionnaire),
        *_name_faults(questionnaire),
        *_condition_faults(questionnaire, frozenset(also_known)),
        *_constraint_faults(questionnaire, frozenset(also_known)),
        *_kind_faults(questionnaire),
        *_measure_faults(questionnaire),
    )


def _size_faults(questionnaire: Questionnaire) -> Iterator[DesignFault]:
    form = ("form", 0)
    count = len(questionnaire.items)
    if count == 0:
        yield DesignFault(form, "type", "", "问卷里一道题也没有", "there is no question in it")
    if count > MAX_QUESTIONS:
        yield DesignFault(
            form,
            "type",
            str(count),
            f"共{count}题，最多{MAX_QUESTIONS}题，请拆成两份问卷",
            f"{count} questions; {MAX_QUESTIONS} at most, make two forms of it",
        )
    for index, item in enumerate(questionnaire.all_items()):
        size = len(item.options)
        if size and item.options != (ACKNOWLEDGED,) and not 2 <= size <= MAX_OPTIONS:
            yield DesignFault(
                ("item", index),
                "type",
                item.scale,
                f"选项应有2到{MAX_OPTIONS}个，这里是{size}个",
                f"takes 2 to {MAX_OPTIONS} options, not {size}",
            )


def _name_faults(questionnaire: Questionnaire) -> Iterator[DesignFault]:
    seen: set[str] = set()
    for place, code in _named(questionnaire):
        problem = name_problem(code)
        if problem:
            yield DesignFault(place, "name", code, *problem)
        elif code in seen:
            yield DesignFault(
                place,
                "name",
                code,
                f"“{code}”用过了，请换一个编码",
                f"{code} is used before; give it another name",
            )
        seen.add(code)


def _named(questionnaire: Questionnaire) -> Iterator[tuple[Place, str]]:
    position = 0
    for number, section in enumerate(questionnaire.sections):
        if section.title or section.relevant or not section.code.startswith("_"):
            yield ("section", number), section.code
        for item in section.items:
            yield ("item", position), item.code
            position += 1


def name_problem(code: str) -> tuple[str, str] | None:
    """Return what is wrong with a name, in Chinese and English, or None."""
    if not code:
        return "没有填编码", "the name is missing"
    if len(code) > MAX_NAME or not NAME.fullmatch(code):
        return (
            f"编码应以英文字母开头，只含英文字母、数字和下划线，不超过{MAX_NAME}个字符",
            f"a name starts with a letter and has letters, digits and _, up to {MAX_NAME}",
        )
    if code in RESERVED_NAMES or code.startswith(RESERVED_PREFIXES):
        return f"“{code}”由系统占用，请换一个编码", f"{code} is reserved; give it another name"
    return None


def _condition_faults(
    questionnaire: Questionnaire, also_known: frozenset[str]
) -> Iterator[DesignFault]:
    every = _readable(questionnaire)
    if questionnaire.target:
        # Its rows stand where the pattern has one: a calculation goes on reading that one.
        also_known |= {code for code in _read_by_calculations(questionnaire) if code.endswith(EACH)}
    before: set[str] = set()
    position = 0
    for number, section in enumerate(questionnaire.sections):
        places = [(("section", number), "relevant", section.relevant, "")]
        for item in section.items:
            places.append((("item", position), "relevant", item.relevant, ""))
            places.append((("item", position), "calculation", item.calculation, item.code))
            yield from _insertion_faults(("item", position), item, before | also_known)
            if item.code in every:
                before.add(item.code)
            position += 1
        known = {code for code in before if code not in {item.code for item in section.items}}
        for place, part, text, code in places:
            expression, fault = _parsed(place, part, text)
            if fault:
                yield fault
            if expression:
                is_row = code.endswith(EACH) or section.code.endswith(EACH)
                yield from _relevance_faults(
                    place, part, text, expression, every, known | also_known
                )
                if not is_row and part != "calculation":
                    yield from _row_faults(place, part, text, expression)
            if code in every:
                known.add(code)


def _read_by_calculations(questionnaire: Questionnaire) -> Iterator[str]:
    for item in questionnaire.calculations:
        expression, _ = _parsed(("form", 0), "calculation", item.calculation)
        if expression:
            yield from references(expression)


def _readable(questionnaire: Questionnaire) -> dict[str, Item]:
    """Return what expressions may read: items that are answered, and calculations."""
    return {i.code: i for i in questionnaire.all_items() if i.kind is not ItemKind.NOTE}


def _insertion_faults(place: Place, item: Item, before: Collection[str]) -> Iterator[DesignFault]:
    for _, text in item.label.texts:
        for code in INSERTED.findall(text):
            if code not in before:
                yield DesignFault(
                    place,
                    "label",
                    text,
                    f"文字里引用的${{{code}}}前面没有这道题",
                    f"${{{code}}} in the text is no item before it",
                )


def _kind_faults(questionnaire: Questionnaire) -> Iterator[DesignFault]:
    """Yield what is missing from a calculation, and what residents may not be asked for."""
    pictures = 0
    for index, item in enumerate(questionnaire.all_items()):
        place = ("item", index)
        if (item.kind is ItemKind.CALCULATE) != bool(item.calculation):
            yield DesignFault(
                place,
                "calculation",
                item.calculation,
                "calculate行要写calculation；其他题型不能写",
                "a calculate has a calculation, and nothing else has one",
            )
        if questionnaire.is_named:
            continue
        pictures += item.kind is ItemKind.IMAGE
        if item.kind is ItemKind.GEOPOINT:
            yield DesignFault(
                place,
                "type",
                item.kind.value,
                "不记名的问卷不收集位置，请删掉这道题",
                "an anonymous form never asks for a place; delete this item",
            )
        if item.kind is ItemKind.IMAGE and pictures > 1:
            yield DesignFault(
                place,
                "type",
                item.kind.value,
                "不记名的问卷只能有一道图片题",
                "an anonymous form takes one picture only",
            )


def _row_faults(
    place: Place, part: str, text: str, expression: Expression
) -> Iterator[DesignFault]:
    for code in sorted(references(expression)):
        if code.endswith(f"_{EACH}"):
            yield DesignFault(
                place,
                part,
                text,
                f"${{{code}}}每个对象一行，这里不知道是哪一行；请先用calculate合计",
                f"${{{code}}} is one row for each object; add it up in a calculate first",
            )


def _relevance_faults(
    place: Place,
    part: str,
    text: str,
    expression: Expression,
    every: Mapping[str, Item],
    before: Collection[str],
) -> Iterator[DesignFault]:
    if any(isinstance(node, Current) for node in nodes(expression)):
        yield DesignFault(
            place,
            part,
            text,
            "显示条件里不能用“.”，请写明是哪一题，如${A30}",
            "a condition has no current answer; name the item, as in ${A30}",
        )
    for code in sorted(references(expression) - set(before)):
        if code in every:
            yield DesignFault(
                place,
                part,
                text,
                f"${{{code}}}排在后面（或就是本题），条件只能看前面的题",
                f"${{{code}}} comes later (or is this item); a condition looks back only",
            )
        else:
            yield _unknown(place, part, text, code)
    yield from _comparison_faults(place, part, text, expression, every, None)


def _constraint_faults(
    questionnaire: Questionnaire, also_known: frozenset[str]
) -> Iterator[DesignFault]:
    every = _readable(questionnaire)
    for index, item in enumerate(questionnaire.all_items()):
        place = ("item", index)
        expression, fault = _parsed(place, "constraint", item.constraint)
        if fault:
            yield fault
        if not expression:
            continue
        for code in sorted(references(expression) - set(every) - also_known):
            yield _unknown(place, "constraint", item.constraint, code)
        yield from _comparison_faults(place, "constraint", item.constraint, expression, every, item)


def _parsed(place: Place, part: str, text: str) -> tuple[Expression | None, DesignFault | None]:
    if not text:
        return None, None
    try:
        return parse(text), None
    except ExpressionError as error:
        at = error.position + 1
        return None, DesignFault(
            place, part, text, f"第{at}个字符处：{error.zh}", f"at character {at}: {error.en}"
        )


def _unknown(place: Place, part: str, text: str, code: str) -> DesignFault:
    return DesignFault(
        place,
        part,
        text,
        f"没有编码为“{code}”的题，请核对",
        f"no item is called {code}; check the name",
    )


def _comparison_faults(
    place: Place,
    part: str,
    text: str,
    expression: Expression,
    every: Mapping[str, Item],
    current: Item | None,
) -> Iterator[DesignFault]:
    """Yield comparisons with an option that the item does not offer: they can never be true."""
    for item, option in _compared(expression, every, current):
        if item.options and option and option not in item.option_codes:
            yield DesignFault(
                place,
                part,
                text,
                f"“{item.code}”没有选项“{option}”，条件永远不成立",
                f"{item.code} does not offer {option}, so this can never be true",
            )


def _compared(
    expression: Expression, every: Mapping[str, Item], current: Item | None
) -> Iterator[tuple[Item, str]]:
    for node in nodes(expression):
        if not isinstance(node, Operation) or node.name not in ("=", "!=", "selected"):
            continue
        texts = [operand.value for operand in node.operands if isinstance(operand, Literal)]
        for operand in node.operands:
            item = every.get(operand.code) if isinstance(operand, Reference) else None
            if isinstance(operand, Current):
                item = current
            if item:
                yield from ((item, text) for text in texts if isinstance(text, str))


def _measure_faults(questionnaire: Questionnaire) -> Iterator[DesignFault]:
    overall = 0
    sections = {section.code for section in questionnaire.sections if section.title}
    for index, item in enumerate(questionnaire.all_items()):
        place = ("item", index)
        if not is_dimension(item.dimension) and item.dimension not in sections:
            near = difflib.get_close_matches(item.dimension, DIMENSIONS, n=3) or sorted(DIMENSIONS)
            yield DesignFault(
                place,
                "dimension",
                item.dimension,
                f"不认识这个维度，可用：{'、'.join(near)}",
                f"unknown dimension; there are {', '.join(near)}",
            )
        if item.is_scored and not item.dimension:
            yield DesignFault(
                place,
                "dimension",
                "",
                f"“{item.code}”计分，要在items表里写明维度",
                f"{item.code} is scored; give its dimension in the sheet items",
            )
        overall += item.dimension == "overall"
        if item.dimension == "overall" and (overall > 1 or not item.is_scored):
            yield DesignFault(
                place,
                "dimension",
                "overall",
                "总体评价只能有一题，并且是计分的单选题",
                "one item is the overall evaluation, and it is a scored single choice",
            )
        if not item.is_question and (item.constraint or item.required):
            yield DesignFault(
                place,
                "constraint" if item.constraint else "required",
                item.constraint or "yes",
                "说明文字和计算不用回答，不能设必答或约束",
                "nobody answers a note or a calculation: it cannot be required or constrained",
            )


def is_dimension(name: str) -> bool:
    """Whether `name` is a dimension that figures are made of, or empty."""
    return not name or name in DIMENSIONS or name.removeprefix(IMPORTANCE_PREFIX) in DIMENSIONS
