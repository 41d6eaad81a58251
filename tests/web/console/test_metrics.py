"""What a monitoring system reads: well formed, in steps, and still there when things fail."""

import re
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.collection import intake, points
from survey.web import metrics
from survey.web.platform import EXTENSION
from tests.rounds import full_answers, page_key
from tests.web.console.conftest import OPEN

LINE = re.compile(
    r"# (HELP|TYPE) pingyi_\w+ .+|pingyi_\w+(\{\w+=\"[^\"]*\"(,\w+=\"[^\"]*\")*\})? [0-9.]+"
)


def read(app):
    response = app.test_client().get("/metrics")
    assert response.status_code == 200
    text = response.get_data(as_text=True)
    assert all(LINE.fullmatch(line) for line in text.splitlines())
    told = (line for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in told)}


def answer(held, count):
    with held.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, OPEN)
        point = points.list_points(session, OPERATOR, round_)[0]
        questionnaire = points.questionnaire_of(session, point)
        for number in range(count):
            stores = (session, held.inbox, held.keystore, point, questionnaire)
            sheet = full_answers(questionnaire)
            intake.record(*stores, sheet, key=page_key(number), seconds=60, now=clock.now())


def test_participation_is_told_in_steps(app, monkeypatch):
    monkeypatch.setattr(metrics, "KEPT", timedelta())
    total, none = f'pingyi_answers_at_least{{round="{OPEN}"}}', "0-4"
    first = f'pingyi_forms{{round="{OPEN}",answers='
    seen = []
    for count in (0, 4, 5, 9, 11):
        answer(app.extensions[EXTENSION], count)
        told = read(app)
        bands = {name: value for name, value in told.items() if name.startswith(first)}
        assert sum(bands.values()) == 5
        seen.append((told[total], bands[f'{first}"{none}"}}']))

    assert seen == [(0, 5), (0, 5), (5, 4), (5, 4), (10, 4)]
    assert told['pingyi_rounds{state="open"}'] == 1
    assert told["pingyi_unusable_keys"] == 0
    assert told["pingyi_database_up"] == 1


def test_a_text_is_given_again_for_some_seconds(app, monkeypatch):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    before = read(app)
    answer(app.extensions[EXTENSION], 5)
    assert read(app) == before
    now += metrics.KEPT
    assert read(app) != before


def test_a_key_that_is_gone_and_a_database_that_is_away_are_told(app, monkeypatch):
    monkeypatch.setattr(metrics, "KEPT", timedelta())
    for file in app.extensions[EXTENSION].config.keystore.glob("*.key"):
        file.unlink()
    assert read(app)["pingyi_unusable_keys"] == 1

    def fail(*_):
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(metrics, "unusable_keys", fail)
    assert read(app).keys() == {"pingyi_database_up", "pingyi_disk_is_short"}
    assert read(app)["pingyi_database_up"] == 0
