"""Numbers, moments, places and pictures as answers: `forms/notation.py`."""

import pytest

from forms.definition import Item, ItemKind, Wording
from forms.notation import picture_name, spelled


def item(kind, bounds=None):
    return Item("X", kind, Wording((("zh", "x"),)), bounds=bounds)


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        (ItemKind.INTEGER, "085", "85"),
        (ItemKind.INTEGER, "８５", "85"),
        (ItemKind.INTEGER, "-0", "0"),
        (ItemKind.DECIMAL, "+2.50", "2.5"),
        (ItemKind.DECIMAL, "-0.0", "0"),
        (ItemKind.DECIMAL, "100", "100"),
        (ItemKind.DATE, "2026-02-28", "2026-02-28"),
        (ItemKind.TIME, "09:30:00", "09:30"),
        (ItemKind.DATETIME, "2026-03-01 09:30", "2026-03-01T09:30"),
        (ItemKind.DATETIME, "2026-03-01T09:30:00.000", "2026-03-01T09:30"),
        (ItemKind.GEOPOINT, "31.98  120.89", "31.98 120.89"),
        (ItemKind.GEOPOINT, "-31.98 120.89 4 12.5", "-31.98 120.89 4 12.5"),
        (ItemKind.IMAGE, picture_name(b"x"), picture_name(b"x")),
    ],
)
def test_each_answer_has_one_spelling(kind, text, answer):
    assert spelled(item(kind), text) == answer
    assert spelled(item(kind), answer) == answer


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ItemKind.INTEGER, "8.5"),
        (ItemKind.INTEGER, "1e3"),
        (ItemKind.INTEGER, "1234567890"),
        (ItemKind.DECIMAL, "2,5"),
        (ItemKind.DECIMAL, ".5"),
        (ItemKind.DATE, "2026-02-29"),
        (ItemKind.DATE, "1066-10-14"),
        (ItemKind.DATE, "20260301"),
        (ItemKind.TIME, "24:00"),
        (ItemKind.DATETIME, "2026-03-01"),
        (ItemKind.DATETIME, "2026-03-01T25:00"),
        (ItemKind.GEOPOINT, "91 0"),
        (ItemKind.GEOPOINT, "31.98"),
        (ItemKind.GEOPOINT, "nan nan"),
        (ItemKind.IMAGE, "photo.jpg"),
    ],
)
def test_anything_else_is_refused(kind, text):
    with pytest.raises(ValueError, match=r".*"):
        spelled(item(kind), text)


def test_a_range_holds_its_steps_only():
    grade = item(ItemKind.RANGE, (0.0, 10.0, 0.5))

    assert spelled(grade, "7.50") == "7.5"
    for outside in ("10.5", "-1", "7.25"):
        with pytest.raises(ValueError, match=outside):
            spelled(grade, outside)
