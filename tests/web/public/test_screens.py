"""Pages and layouts follow from a questionnaire's data, whatever it is called."""

import pytest

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
from survey.web.public.conditions import exclusive_option, in_words, longest_text, opened_by
from survey.web.public.questions import question_of
from survey.web.public.screens import cover_notes, minutes, screens_of
from tests.conftest import SAMPLE


def text(zh: str) -> Wording:
    return Wording((("zh", zh),))


def options(*pairs: tuple[str, str], points: dict[str, float] | None = None):
    return tuple(
        ResponseOption(code, text(label), (points or {}).get(code)) for code, label in pairs
    )


SAT4 = options(
    ("4", "满意"), ("3", "比较满意"), ("2", "基本满意"), ("1", "不满意"), ("9", "不了解"),
    points={"4": 100, "3": 80, "2": 60, "1": 0},
)  # fmt: skip
SAT5 = options(
    ("5", "非常满意"), ("4", "满意"), ("3", "基本满意"), ("2", "不满意"), ("1", "非常不满意"),
    points={"5": 100, "4": 80, "3": 60, "2": 30, "1": 0},
)  # fmt: skip
SEEN = options(("1", "看到了"), ("0", "没有"), ("9", "没注意"), points={"1": 100, "0": 0})


def one(code: str, label: str = "题目", chosen=SAT4, **more: object) -> Item:
    return Item(code, ItemKind.SINGLE_CHOICE, text(label), options=chosen, **more)  # type: ignore[arg-type]


def many(code: str, label: str = "题目", chosen=SAT4, **more: object) -> Item:
    return Item(code, ItemKind.MULTIPLE_CHOICE, text(label), options=chosen, **more)  # type: ignore[arg-type]


def words(code: str, **more: object) -> Item:
    return Item(code, ItemKind.TEXT, text("意见"), **more)  # type: ignore[arg-type]


def note(code: str, label: str, **more: object) -> Item:
    return Item(code, ItemKind.NOTE, text(label), **more)  # type: ignore[arg-type]


def made_of(*sections: tuple[str, list[Item]]) -> Questionnaire:
    return Questionnaire(
        code="Q",
        version="1",
        title=text("一张表"),
        languages=("zh",),
        subject=Subject.BRANCH,
        sections=tuple(
            Section(f"s{number}", text(title), tuple(items))
            for number, (title, items) in enumerate(sections)
        ),
    )


def shown(questionnaire: Questionnaire) -> list[tuple[str, list[str]]]:
    return [
        (screen.title, [question.code for question in screen.questions])
        for screen in screens_of(questionnaire, "zh")
    ]


def layout(item: Item) -> tuple[str, list[tuple[str, ...]]]:
    question = question_of(made_of(("", [item])), item, "", "zh")
    return question.layout, [choice.lines for choice in question.choices]


def test_four_levels_and_a_way_out_stand_in_four_cells():
    question = question_of(made_of(("", [one("a")])), one("a"), "", "zh")

    assert question.layout == "f"
    assert [choice.is_unknown for choice in question.choices] == [False] * 4 + [True]


def test_labels_break_where_another_level_begins():
    assert layout(one("a", chosen=SAT5)) == (
        "",
        [("非常", "满意"), ("满意",), ("基本", "满意"), ("不满意",), ("非常", "不满意")],
    )


def test_three_answers_stand_side_by_side_with_no_way_out_apart():
    assert layout(one("a", chosen=SEEN))[0] == "h"


def test_the_overall_evaluation_is_never_in_cells():
    assert layout(one("a", chosen=SAT5, dimension="overall"))[0] == "r"


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ((("1", "1次"), ("2", "2次"), ("3", "3次"), ("0", "没来")), "w"),
        ((("a", "短"), ("b", "也短")), "w"),
        ((("a", "短"), ("b", "党代表、人大代表、政协委员和别的人")), "r"),
        (
            (("5", "一个非常非常长的满意程度选项"), ("4", "另一个也很长很长的程度"), ("3", "短")),
            "r",
        ),
    ],
)
def test_other_options_stand_in_two_columns_or_in_rows(pairs, expected):
    assert layout(one("a", chosen=options(*pairs)))[0] == expected


def test_a_common_beginning_becomes_the_heading():
    questionnaire = made_of(
        ("一、服务", [one("a", "微笑：甲", dimension="s"), one("b", "微笑：乙", dimension="s")])
    )
    (screen,) = screens_of(questionnaire, "zh")

    assert (screen.eyebrow, screen.title) == ("一、服务", "微笑")
    assert [(q.prefix, q.label) for q in screen.questions] == [("微笑", "甲"), ("微笑", "乙")]


def test_dimensions_stand_together_and_loners_share_a_page():
    items = [one("a", dimension="x"), one("b", dimension="y"), one("c", dimension="x")]
    items += [one("d", dimension="z")]

    assert shown(made_of(("二、甲乙", items))) == [("甲乙", ["a", "c"]), ("甲乙", ["b", "d"])]


def test_items_that_depend_on_others_keep_their_order():
    items = [one("a", dimension="x"), one("b", dimension="y", relevant="${a} = '1'")]
    items += [one("c", dimension="x")]

    assert shown(made_of(("甲", items))) == [("甲", ["a", "c"])]
    (screen,) = screens_of(made_of(("甲", items)), "zh")
    assert [question.code for question in screen.questions[0].opened] == ["b"]


def test_long_sections_are_cut_evenly():
    questionnaire = made_of(("甲", [one(f"i{n}", dimension="x") for n in range(14)]))

    assert [len(codes) for _, codes in shown(questionnaire)] == [5, 5, 4]


def test_open_words_have_a_page_of_their_own():
    questionnaire = made_of(("", [one("a"), words("b"), words("c")]))

    assert shown(questionnaire) == [("请您评一评", ["a"]), ("最后，说几句心里话", ["b", "c"])]


def test_notes_stay_with_the_question_they_precede():
    questionnaire = made_of(
        ("", [note("n0", "开头"), one("a"), note("n1", "说明"), one("b"), note("n2", "最后")])
    )

    assert cover_notes(questionnaire, "zh") == ("开头",)
    assert sorted(shown(questionnaire)[0][1]) == ["a", "b", "n1", "n2"]


def test_conditions_nest_as_deep_as_they_depend():
    items = [
        one("a", chosen=SAT5),
        many("b", relevant="${a} = '1' or ${a} = '2'"),
        words("c", relevant="selected(${b}, '9')"),
        one("d", relevant="${a} = '5'"),
        one("e", relevant="${a} != '5'"),
    ]
    (screen,) = screens_of(made_of(("甲", items)), "zh")
    outer = screen.questions[0]

    assert [question.code for question in screen.questions] == ["a", "d", "e"]
    assert [choice.code for choice in outer.choices if choice.opens] == ["2", "1"]
    assert [inner.code for inner in outer.opened] == ["b"]
    assert [inner.code for inner in outer.opened[0].opened] == ["c"]
    assert screen.questions[1].condition == "只在上面“题目”选了“非常满意”时填"


@pytest.mark.parametrize(
    ("relevant", "expected"),
    [
        ("", {}),
        ("${a} = '1'", {"a": ("1",)}),
        ("'1' = ${a}", {"a": ("1",)}),
        ("${a} = 1", {"a": ("1",)}),
        ("${a} = '1' or selected(${a}, '2') or ${b} = '3'", {"a": ("1", "2"), "b": ("3",)}),
        ("${a} = '1' and ${b} = '2'", {}),
        ("not(${a} = '1')", {}),
        ("${a} != '1'", {}),
        ("string-length(${a}) > 0", {}),
    ],
)
def test_simple_conditions_are_recognised(relevant, expected):
    assert opened_by(relevant) == expected


@pytest.mark.parametrize(
    ("relevant", "expected"),
    [
        ("", ""),
        ("${a} = '1'", "只在上面“题目”选了“不满意”时填"),
        ("${a} != '1'", "上面“题目”选了“不满意”的不用填"),
        ("${a} = '1' or ${b} = '1'", "只在上面有一题选了“不满意”时填"),
        ("${a} = '1' or ${b} = '2'", "只在上面的回答与它有关时填"),
        ("${a} = '1' and ${b} = '2'", "只在上面的回答与它有关时填"),
        ("${nowhere} = 'x'", "只在上面“nowhere”选了“x”时填"),
    ],
)
def test_conditions_are_said_in_words(relevant, expected):
    questionnaire = made_of(("", [one("a"), one("b", "别题")]))

    assert in_words(questionnaire, relevant, "zh") == expected


@pytest.mark.parametrize(
    ("constraint", "length", "alone"),
    [
        ("", None, ""),
        ("string-length(.) <= 500", 500, ""),
        ("regex(., 'a') and string-length(.) <= 20", 20, ""),
        ("count-selected(.) <= 3", None, ""),
        ("not(selected(., 's0') and count-selected(.) > 1)", None, "s0"),
        ("count-selected(.) <= 3 and not( selected(.,'s0') and count-selected(.)>1 )", None, "s0"),
    ],
)
def test_constraints_that_the_phone_helps_with(constraint, length, alone):
    assert longest_text(constraint) == length
    assert exclusive_option(constraint, ("s1", "s0")) == alone


def test_time_needed_grows_with_what_everybody_is_asked():
    assert minutes(made_of(("", [one("a")]))) == 1
    assert minutes(made_of(("", [one(f"i{n}") for n in range(30)]))) == 3
    assert minutes(made_of(("", [one(f"i{n}", relevant="${x} = '1'") for n in range(30)]))) == 1


def test_a_consultation_is_headed_by_its_matter_and_by_how_to_answer() -> None:
    path = SAMPLE / "xlsforms" / "F_open_consult.xlsx"
    form = read_xlsform(path.read_bytes(), path.name)
    headings = [screen.title for screen in screens_of(form, "zh")]
    assert headings == ["您想说哪方面的事", "请把事情说具体些", "怎么联系您"]


def test_a_note_with_an_answer_in_it_says_the_rest_without_a_script() -> None:
    sentence = "按规定一般不超过三分之一。"
    form = made_of(("", [one("B1"), note("W", "您评了${B1}。" + sentence)]))
    question = question_of(form, form.sections[0].items[1], "", "zh")
    assert question.plain == sentence
    again = question_of(form, note("S", "得分：${B1}"), "", "zh")
    assert again.plain == ""
