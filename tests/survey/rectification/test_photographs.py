"""When and where a photograph was taken."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from survey.rectification.photographs import Taken, metres_between, taken

EXIF, GPS = 0x8769, 0x8825


def _photograph(exif: dict[int, object], gps: dict[int, object]) -> Image.Image:
    tags = Image.Exif()
    tags.get_ifd(EXIF).update(exif)
    tags.get_ifd(GPS).update(gps)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=tags)
    return Image.open(io.BytesIO(out.getvalue()))


def test_time_and_place_are_read() -> None:
    picture = _photograph(
        {0x9003: "2026:11:03 09:12:44"},
        {1: "N", 2: (32.0, 3.0, 40.5), 3: "E", 4: (121.0, 4.0, 15.6)},
    )
    assert taken(picture) == Taken("2026-11-03T09:12", 32.0612, 121.071)


def test_south_and_west_are_negative() -> None:
    picture = _photograph({}, {1: "S", 2: (1.0, 0.0, 0.0), 3: "W", 4: (2.0, 0.0, 0.0)})
    assert taken(picture) == Taken("", -1.0, -2.0)


@pytest.mark.parametrize(
    ("exif", "gps"),
    [
        ({0x9003: "0000:00:00 00:00:00"}, {}),
        ({0x9003: "yesterday"}, {1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (1.0, 0.0, 0.0)}),
        ({}, {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}),
        ({}, {1: "N", 2: (32.0, 0.0, 0.0)}),
    ],
)
def test_what_cannot_be_true_is_left_out(exif: dict[int, object], gps: dict[int, object]) -> None:
    assert taken(_photograph(exif, gps)) == Taken()


def test_a_picture_without_anything_says_nothing() -> None:
    assert taken(Image.new("RGB", (4, 4))) == Taken()


@given(st.floats(-80, 80), st.floats(-179, 179))
def test_a_degree_of_latitude_is_some_111_kilometres(latitude: float, longitude: float) -> None:
    apart = metres_between(Taken("", latitude, longitude), Taken("", latitude + 1, longitude))
    assert apart == pytest.approx(111_195, rel=1e-3)


def test_without_both_places_there_is_no_distance() -> None:
    assert metres_between(Taken(), Taken("", 1.0, 1.0)) is None
