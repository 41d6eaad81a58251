"""Charts: well-formed SVG, every value said, nothing meets anything."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts import Bar, Level, Reference, Stack, bar_chart, stacked_chart, too_few
from reports.figures import Quadrant
from reports.lettering import text_width
from reports.quadrant_chart import Axis, Box, Point, place_labels, quadrant_chart

SVG = "{http://www.w3.org/2000/svg}"
LEVELS = tuple(
    Level(label, tone)
    for label, tone in zip(
        ("非常满意", "满意", "基本满意", "不满意", "非常不满意"), (5, 4, 3, 2, 1), strict=True
    )
)
ALLOWED = {
    "xmlns", "viewBox", "width", "height", "role", "aria-labelledby", "aria-hidden", "font-family",
    "font-size", "font-weight", "fill", "stroke", "stroke-width", "stroke-dasharray",
    "stroke-linejoin", "text-anchor", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "d",
    "points", "transform", "id", "patternUnits", "patternTransform",
}  # fmt: skip


def bars():
    return bar_chart(
        [
            Bar("廉洁服务", 85.26, 83.2, 87.3),
            Bar("高效服务", 65.77, note="全员参评"),
            Bar("阳光服务", 74.2, 60, 80, "样本偏少", is_small=True),
        ],
        key="a",
        title="五种服务得分",
        reference=Reference("平均78.4", 78.4),
    )


def stacks():
    rows = [Stack("总体评价", (151, 119, 61, 22, 7)), Stack("没有人评", (0, 0, 0, 0, 0))]
    return stacked_chart(rows, LEVELS, key="b", title="评价分布")


def quadrants(points=None):
    points = points or [
        Point("廉洁服务", 4.30, 4.56, Quadrant.KEEP),
        Point("高效服务", 3.44, 4.66, Quadrant.CONCENTRATE),
        Point("阳光服务", 3.81, 4.38, Quadrant.LOW_PRIORITY),
        Point("微笑服务", 4.09, 4.06, Quadrant.OVERKILL),
    ]
    return quadrant_chart(
        points,
        performance=Axis("满意程度", 3.91),
        importance=Axis("重要程度", 4.42),
        key="c",
        title="四象限图",
    )


@pytest.mark.parametrize("make", [bars, stacks, quadrants, lambda: too_few(key="d", threshold=10)])
def test_a_chart_is_a_named_picture_with_presentation_attributes_only(make):
    root = ET.fromstring(make())

    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    assert {name for node in root.iter() for name in node.attrib} <= ALLOWED
    assert not list(root.iter(f"{SVG}style"))


def test_bars_say_every_value_and_interval():
    said = ET.fromstring(bars()).find(f"{SVG}desc").text

    assert "廉洁服务85.3，95%区间83.2至87.3" in said
    assert "高效服务65.8，全员参评" in said


def test_a_small_sample_is_a_hollow_bar():
    rectangles = list(ET.fromstring(bars()).iter(f"{SVG}rect"))

    assert [shape.get("fill") for shape in rectangles] == ["#6d9ca3", "#6d9ca3", "#fff"]


def test_shares_of_a_stack_are_said_and_an_empty_one_is_no_bar():
    root = ET.fromstring(stacks())

    assert "总体评价：非常满意42%、满意33%" in root.find(f"{SVG}desc").text
    assert "没有可计算的评价" in "".join(root.itertext())


def test_too_few_ballots_are_never_counted():
    words = "".join(ET.fromstring(too_few(key="d", threshold=10)).itertext())

    assert "样本不足" in words
    assert "不足10张" in words


def test_words_of_strangers_stay_words():
    chart = bar_chart([Bar('<script>&"', 50)], key="a", title="</title><script>")

    assert "<script" not in chart
    ET.fromstring(chart)


labels = st.text("服务等候时间合理办事公开廉洁", min_size=1, max_size=18)
spots = st.tuples(st.floats(60, 560), st.floats(20, 310))


@given(st.lists(st.tuples(labels, spots), min_size=1, max_size=10))
def test_names_meet_neither_each_other_nor_a_mark_nor_the_frame(points):
    frame = Box(56, 8, 582, 330)
    centres = [centre for _, centre in points]

    placed = [box for box in place_labels([name for name, _ in points], centres, frame) if box]

    for index, box in enumerate(placed):
        assert box.within(frame)
        assert not any(box.overlaps(other) for other in placed[index + 1 :])
        for x, y in centres:
            assert not box.overlaps(Box(x - 9, y - 9, x + 9, y + 9))


def test_names_of_neighbours_are_not_read_as_one():
    frame = Box(56, 8, 582, 199)
    names = ["为群众办实事、做好事、解难事", "兑现公开承诺"]

    first, second = place_labels(names, [(96.0, 50.0), (136.0, 50.0)], frame)

    apart = max(first.top - second.bottom, second.top - first.bottom)
    aside = max(first.left - second.right, second.left - first.right)
    assert max(apart, aside) >= 6


def test_no_mark_lies_on_the_value_of_a_cross_line():
    points = [Point("甲", 3.4, 4.0, Quadrant.LOW_PRIORITY), Point("乙", 4.6, 4.44, Quadrant.KEEP)]
    drawn = quadrants(points)
    marks = [
        (float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)
    ]
    value = re.search(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>平均4.42', drawn)

    (mark,) = marks
    assert abs(float(value[2]) - 4 - mark[1]) > 11


def test_five_points_in_one_place_still_get_their_names():
    names = ["组织开展创先争优活动", "推动中心工作和重点任务", "兑现公开承诺", "办实事", "建设"]
    points = [Point(name, 82.0, 22.0, Quadrant.OVERKILL) for name in names]

    words = "".join(ET.fromstring(quadrants(points)).itertext())

    for name in names:
        assert name[:4] in words


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_any_values_make_a_chart(values):
    points = [Point(f"第{n}项", value, value / 20, Quadrant.KEEP) for n, value in enumerate(values)]

    ET.fromstring(quadrants(points))
    ET.fromstring(bar_chart([Bar("项", v, 0, 100) for v in values], key="a", title="t"))


def test_a_figure_too_wide_for_its_piece_is_left_out():
    chart = stacked_chart([Stack("总体", (97, 1, 1, 1, 0))], LEVELS, key="b", title="t")
    figures = [node.text for node in ET.fromstring(chart).iter(f"{SVG}text")]

    assert "97" in figures
    assert "1" not in figures
    assert text_width("97", 13) < 24
