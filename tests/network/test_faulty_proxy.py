"""A slice of what `make proxy` runs: nothing is lost and nothing counts twice."""

import json
from pathlib import Path

import pytest

from survey.web.public.confirmation import word_on
from tests.journeys.test_whole_loop import served
from tests.network.faulty_proxy import DONE, FAULTS, PORTAL
from tests.network.phones import Page, confirms
from tests.network.run import send_all, served_home

NUMBER, SEED = 300, 20260910


def test_through_a_faulty_proxy_every_answer_counts_once(
    sqlite_template: Path, tmp_path: Path
) -> None:
    residents = served_home(sqlite_template, tmp_path)
    with served(tmp_path) as site:
        outcome = send_all(residents, int(site.rpartition(":")[2]), NUMBER, seed=SEED)

    assert (outcome.lost, outcome.doubled) == (0, 0)
    assert outcome.tries > NUMBER
    assert set(outcome.faults) == set(FAULTS), "every fault happened"


def test_a_phone_that_believes_whoever_answers_loses_answers(
    sqlite_template: Path, tmp_path: Path
) -> None:
    residents = served_home(sqlite_template, tmp_path)
    with served(tmp_path) as site:
        outcome = send_all(
            residents,
            int(site.rpartition(":")[2]),
            60,
            seed=SEED,
            rule=lambda _page, body: bool(body),
        )

    assert outcome.lost > 0


@pytest.mark.parametrize(
    ("body", "is_believed"),
    [
        (b"", False),
        (PORTAL, False),
        (DONE, False),
        (b"[]", False),
        (b"null", False),
        (json.dumps({"word": word_on("another"), "taken": True}).encode(), False),
        (json.dumps({"word": word_on("key"), "taken": True}).encode(), True),
    ],
)
def test_phones_believe_our_own_word_alone(body: bytes, is_believed: bool) -> None:
    assert confirms(Page("/q/1", b"", "key", ""), body) is is_believed
