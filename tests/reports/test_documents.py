"""Whole reports: what they say, how many pages, what they never show."""

import json
from dataclasses import replace

import pypdfium2
import pytest

from reports.disclosure import release
from reports.documents import grouped, prose, report_html
from reports.evaluation import compile_report
from reports.figures import Audience, Status, Target
from reports.material import Material, PlannedItem
from reports.parts import check_code, to_data
from reports.pdf import render_pdf
from reports.rules import DEFAULT
from reports.tally import TargetTally
from tests.reports.sample_world import OCCASION


@pytest.fixture(scope="session")
def window(materials):
    return materials["W04", Audience.INTERNAL]


@pytest.fixture(scope="session")
def branch(materials):
    return materials["B070", Audience.INTERNAL]


def printed(material):
    """Return the text of every page, joined over line ends."""
    with pypdfium2.PdfDocument(render_pdf(report_html(compile_report(material)))) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    return ["".join(text.split()) for text in texts]


@pytest.fixture(scope="session")
def window_pages(window):
    return printed(window)


@pytest.fixture(scope="session")
def branch_pages(branch):
    return printed(branch)


def test_a_window_opens_with_how_satisfied_how_sure_and_what_first(window):
    report = compile_report(window)

    assert report.summary == (
        "满意率（满意以上）75.0%（270/360），基本满意以上率91.7%（330/360）。",
        "有95%的把握认为，满意率在70.3%～79.2%之间；参评出于自愿，不是随机抽样，"
        "区间不反映没有参评的人的看法。",
        "最先要改的是“高效服务”：重要程度4.66（平均4.42），满意程度3.44（平均3.91）。",
    )


def test_a_rate_names_its_calibre_numerator_and_interval(window):
    facts = {fact.label: (fact.value, fact.note) for fact in compile_report(window).facts}

    assert facts["满意率（满意以上）"] == ("75.0%", "270/360，95%区间70.3%～79.2%")
    assert facts["基本满意以上率"] == ("91.7%", "330/360，95%区间88.4%～94.1%")
    assert facts["有效票"] == ("360", "剔除可疑票4张")


@pytest.mark.parametrize("kind", ["branch", "window"])
def test_a_report_has_three_to_six_numbered_pages(kind, request):
    pages = request.getfixturevalue(f"{kind}_pages")

    assert 3 <= len(pages) <= 6
    for number, text in enumerate(pages, 1):
        assert f"—{number}—" in text[-80:]
        assert "核对码" in text[-80:]


HEADINGS = {
    "branch": (
        *("基本情况", "总体结果", "分项结果", "群众意见摘要", "存在问题"),
        *("整改措施", "统计说明"),
    ),
    "window": (
        *("基本情况", "总体满意度", "五种服务得分", "等候时间和跑动次数", "先改哪一样"),
        *("短板与原因", "整改清单", "统计说明"),
    ),
}


@pytest.mark.parametrize("kind", ["branch", "window"])
def test_a_report_has_the_sections_that_the_district_asks_for(kind, request):
    text = "".join(request.getfixturevalue(f"{kind}_pages"))

    places = [text.index(heading) for heading in HEADINGS[kind]]

    assert places == sorted(places)


def test_the_signatures_never_stand_alone(window, branch):
    for material in (window, branch):
        for count in (0, 2, 5, 9):
            plan = tuple(PlannedItem(f"第{n}项：等候时间长", "增设窗口") for n in range(count))
            pages = printed(replace(material, plan=plan))
            (page,) = [text for text in pages if "（签字）" in text]
            assert "整改措施" in page


def test_charts_keep_their_text(window_pages):
    text = "".join(window_pages)

    assert "总体评价80.2" in text
    assert "优先整改区" in text
    assert "非常不满意" in text


def test_findings_are_sentences_with_figures(branch_pages):
    text = "".join(branch_pages)

    assert "1．为群众办实事、做好事、解难事。" in text
    assert "的参评群众希望先做好（平均" in text


def test_a_comparison_is_made_only_beyond_the_interval(materials):
    told = "".join(printed(materials["W04", Audience.INTERNAL]))

    assert "同类平均为84.15，本对象低于平均。" in told


def test_the_public_version_has_no_place_and_no_signature(materials):
    text = "".join(printed(materials["W04", Audience.PUBLIC]))

    assert "第三梯队" in text
    assert "列第" not in text
    assert "签字" not in text


def test_a_suppressed_object_gets_one_honest_page_without_any_count(materials):
    material = materials["B195", Audience.PUBLIC]

    pages = printed(material)

    assert material.figures.status is Status.SUPPRESSED
    assert len(pages) == 1
    assert "样本不足" in pages[0]
    assert "有效票8张" not in pages[0]
    assert not any(word in pages[0] for word in ("满意率", "指数", "8张", "签字", "%"))


def test_few_ballots_are_marked_for_the_office(materials):
    text = "".join(printed(materials["B195", Audience.INTERNAL]))

    assert "▲样本不足，不得公布" in text
    assert "只供内部了解" in text
    assert "不判定哪些必须整改" in text


def test_the_same_data_gives_the_same_code_and_bytes(window):
    first, again = compile_report(window), compile_report(replace(window))

    assert check_code(first) == check_code(again)
    assert render_pdf(report_html(first)) == render_pdf(report_html(again))


def test_any_change_of_a_figure_changes_the_code(window):
    other = replace(window, figures=replace(window.figures, csi=76.49))

    assert check_code(compile_report(window)) != check_code(compile_report(other))
    assert len(check_code(compile_report(window))) == 12


def test_a_report_is_plain_data(window):
    data = to_data(compile_report(window))

    assert json.loads(json.dumps(data)) == data
    kinds = {block["kind"] for section in data["sections"] for block in section["blocks"]}
    assert {"paragraph", "bars", "quadrants", "priorities", "table"} <= kinds


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("form", ["branch_form", "window_form"])
def test_an_object_without_answers_has_a_page_too(form, audience, request):
    questionnaire = request.getfixturevalue(form)
    target = Target("X1", "新成立的党支部", questionnaire.subject.value, sector="社区")
    (figures,) = release(questionnaire, [(target, TargetTally())], DEFAULT, audience)

    pages = printed(Material(figures, questionnaire, DEFAULT, OCCASION))

    assert len(pages) == 1
    assert "样本不足" in pages[0]


@pytest.mark.parametrize(
    "name",
    [
        "䶮㙍村喆堃赟党支部",
        "区人力资源和社会保障局社会保险经办服务中心城乡居民养老保险待遇核定与发放综合服务窗口（东大厅二楼）",
        '<img src="http://169.254.169.254/x"><script>alert(1)</script>',
        "a" * 120,
        "\u202e部支党\u2066",
        "𠀀𪜀村👨\u200d👩\u200d👧",
    ],
)
def test_any_name_is_printed_and_never_obeyed(branch, name):
    target = replace(branch.figures.target, name=name)
    report = compile_report(replace(branch, figures=replace(branch.figures, target=target)))

    html = report_html(report)

    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert render_pdf(html).startswith(b"%PDF")


def test_registered_items_stand_in_the_table(branch):
    plan = (PlannedItem("办实事少", "列出清单\n逐件公示", "阿不都·买买提", "10月9日"),)

    text = "".join(printed(replace(branch, plan=plan)))

    for words in ("办实事少", "逐件公示", "阿不都·买买提", "10月9日"):
        assert words in text


def test_a_draft_says_so_on_its_first_page(branch):
    pages = printed(replace(branch, occasion=replace(OCCASION, mark="送审稿")))

    assert pages[0].startswith("送审稿")


def test_a_day_that_nobody_could_open_is_told(branch):
    told = compile_report(replace(branch, occasion=replace(OCCASION, lost_days=("2026-09-28",))))
    words = str(told)

    assert "2026-09-28的票箱密钥丢失" in words
    assert "票箱密钥丢失" not in str(compile_report(branch))


def test_a_number_stays_with_its_measure_and_marks_share_their_blank():
    assert prose("共96张") == "共96\u2060张"
    assert prose("86.0%（74/86）") == "86.0%\u200b（74/86）"
    assert prose("，“满意”") == '<span class="half">，</span>\u200b“满意”'
    assert grouped("ABCDEFGHJKMN") == "ABCD EFGH JKMN"
