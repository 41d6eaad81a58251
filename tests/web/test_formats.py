"""How the end of a round is written: the console and the phones must name the same day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Babel

from survey.web import formats
from survey.web.public.wording import last_day

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("end", "day", "moment"),
    [
        (datetime(2026, 12, 5, 16, tzinfo=UTC), "12月5日", "12月5日24:00"),
        (datetime(2026, 12, 5, 10, 5, tzinfo=UTC), "12月5日", "12月5日18:05"),
        (datetime(2026, 12, 4, 16, 1, tzinfo=UTC), "12月5日", "12月5日0:01"),
    ],
)
def test_an_end_at_midnight_is_the_end_of_the_day_before(end, day, moment):
    app = Flask(__name__)
    Babel(app, default_locale="zh")
    with app.test_request_context():
        last = formats.last_moment(end.astimezone(CHINA))

        assert formats.short_day(last) == last_day(end, CHINA, "zh") == day
        assert formats.moment(last) == moment
