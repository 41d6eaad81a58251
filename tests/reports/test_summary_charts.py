"""Charts of summaries with any data: whole SVG, every value in words, nothing outside its frame."""

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from reports.matrix_chart import matrix_chart
from reports.scatter_chart import MOST_NAMED, Dot, scatter_chart
from reports.shift_chart import Shift, shift_chart
from reports.trend import Verdict

NAMES = st.sampled_from(
    ["支部", "云" * 40, "<script>&", "A" * 60, "", "喆堃赟䶮㼆社区第一党支部（联合）"]
)
SCORES = st.floats(0, 100, allow_nan=False)
SVG = "{http://www.w3.org/2000/svg}"


def positions(picture, tag, *names):
    """Return numbers of the attributes `names` of every element."""
    return [
        float(each.get(name))
        for each in ElementTree.fromstring(str(picture)).iter(SVG + tag)
        for name in names
        if each.get(name) is not None
    ]


def described(picture):
    return ElementTree.fromstring(str(picture)).find(SVG + "desc").text or ""


@given(st.lists(st.builds(Shift, NAMES, SCORES, SCORES, st.sampled_from([*Verdict, None]))))
def test_shifts_stay_in_their_picture_and_say_their_mark(shifts):
    picture = shift_chart(shifts, key="k", title="变化")

    assert all(0 <= x <= 590 for x in positions(picture, "circle", "cx"))
    said = described(picture)
    assert all(shift.mark.lstrip("▲▼＝") in said for shift in shifts)
    for shift in shifts:
        assert shift.mark in str(picture), "the mark is words, not colour alone"


@given(st.lists(st.builds(Dot, NAMES, SCORES, SCORES), max_size=300))
def test_scatter_names_only_what_lies_apart(dots):
    picture = scatter_chart(dots, key="k", title="t", x_name="群众", y_name="领导", margin=15)

    xs = positions(picture, "circle", "cx")
    assert all(56 <= x <= 582 for x in xs)
    far = [dot for dot in dots if abs(dot.y - dot.x) > 15]
    assert len(xs) == len(dots) - len(far)
    assert len(re.findall("<polygon", picture)) == len(far)
    assert described(picture).count("领导") == min(len(far), MOST_NAMED)


@given(st.lists(st.lists(st.integers(0, 999), min_size=3, max_size=3), max_size=8))
def test_matrix_prints_every_count_and_the_sums(counts):
    rows = [f"{number}星" for number in range(len(counts))]
    picture = matrix_chart(
        rows, ["1星", "2星", "新"], counts, key="k", title="t", row_name="上", column_name="本"
    )

    texts = [each.text for each in ElementTree.fromstring(str(picture)).iter(SVG + "text")]
    for row in counts:
        assert f"{sum(row):,}" in texts
        assert all(str(count) in texts for count in row if count)
    assert texts.count("·") == sum(count == 0 for row in counts for count in row)
