"""Breaking and cutting text before it is set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.lettering import breakable, comment, text_width, wrap


@given(st.text("等候时间，合理：（公开）abc ", max_size=60), st.integers(1, 4))
def test_lines_fit_and_lose_nothing_but_what_ends_in_dots(text, most):
    lines = wrap(text, size=10, room=80, most=most)

    assert len(lines) <= most
    assert all(text_width(line, 10) <= 80 + 10 for line in lines)
    assert "".join(lines) == text or lines[-1].endswith("…")


def test_a_line_ends_after_a_pause_where_it_costs_nothing():
    lines = wrap("依据、流程、时限、收费公开，看得明白", size=13, room=200, most=3)

    assert lines == ("依据、流程、时限、", "收费公开，看得明白")


def test_punctuation_never_begins_a_line():
    for room in range(40, 200, 7):
        lines = wrap("甲乙丙，丁戊己、庚辛；壬癸。子丑（寅卯）", size=10, room=room, most=9)
        assert not any(line[0] in "，、；。）" for line in lines[1:])


@pytest.mark.parametrize("control", "\u202a\u202b\u202d\u202e\u2066\u2069\u200e\x00\x1b\x85")
def test_controls_that_turn_words_around_are_dropped(control):
    assert breakable(f"张{control}三") == "张三"


def test_a_run_of_letters_can_be_broken_every_twenty():
    parts = breakable("a" * 1000).split("\u200b")

    assert max(map(len, parts)) == 20
    assert "".join(parts) == "a" * 1000


def test_a_comment_is_cut_with_dots():
    assert comment("好" * 600) == "好" * 499 + "…"
    assert comment("  多 \n 行 ") == "多 行"
