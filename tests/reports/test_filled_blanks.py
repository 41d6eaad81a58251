"""Edited sentences with blanks, once a day or an address is known."""

import pytest

from reports.rewording import difference, filled, lost_blanks

DAY = "\u3000\u3000年\u3000\u3000月\u3000\u3000日"
PLACE = "\u3000" * 8
BEFORE = f"公示期为{DAY}至{DAY}，不少于5个工作日。"
AFTER = "公示期为2026年9月28日至10月12日，共7个工作日。"


@pytest.mark.parametrize(
    ("before", "edit", "after", "made"),
    [
        (BEFORE, f"敬请监督。{BEFORE}", AFTER, f"敬请监督。{AFTER}"),
        (BEFORE, BEFORE.replace("，", "，前后"), AFTER, AFTER.replace("，", "，前后")),
        (f"电话：{PLACE}", "电话（白天）：", "电话：0513-8650", "电话（白天）：0513-8650"),
        (BEFORE, f"敬请监督。{BEFORE}", BEFORE, f"敬请监督。{BEFORE}"),
        (BEFORE, "不少于5个工作日。", AFTER, None),
        (BEFORE, f"敬请监督。{BEFORE}", "本轮没有公示。", None),
        ("满意率80.0%。", "满意率达80.0%。", "满意率90.0%。", None),
    ],
)
def test_blanks_of_an_edit_are_filled_as_those_of_the_sentence(before, edit, after, made):
    assert filled(before, edit, after) == made
    assert made is None or difference(after, made) is None


def test_an_edit_keeps_its_blanks_save_at_the_end():
    assert lost_blanks(BEFORE, "不少于5个工作日。")
    assert not lost_blanks(BEFORE, f"请看：{BEFORE}")
    assert not lost_blanks(f"电话：{PLACE}", "电话（白天）：")
