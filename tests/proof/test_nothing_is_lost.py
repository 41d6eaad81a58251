"""A slice of `make proof`, and that its judge sees what it is there to see."""

import signal
from dataclasses import replace

import pytest

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.collection import intake, points
from survey.publication.closing import close_round
from tests.proof.campaign import POSTGRESQL, SQLITE, campaign_on, prove
from tests.proof.judge import Told, judge, read_ledger
from tests.proof.phones import as_data
from tests.proof.site import Site, made_site
from tests.rounds import full_answers, page_key

KILLS = 8


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_nothing_acknowledged_is_lost_whatever_is_killed(database: str) -> None:
    outcome = prove(database, KILLS, seed=4)

    assert outcome.faults == []
    assert outcome.kills.total() == KILLS
    assert outcome.retried > 0


def test_a_reload_under_load_fails_nobody() -> None:
    with campaign_on(SQLITE, seed=1) as campaign:
        assert campaign.site.master
        campaign.site.wait()
        campaign.tell({"round": "R1", "places": as_data(campaign.site.open_round("R1"))})
        for _ in range(2):
            campaign.wait_for_acknowledgements(20)
            campaign.site.master.send_signal(signal.SIGHUP)
        campaign.wait_for_acknowledgements(20)
        campaign.tell({"settle": True}, "settled")
        told = read_ledger(campaign.ledger, "R1")
        campaign.site.stop()

        assert told.faults == []
        assert told.retried == set()
        assert sum(campaign.site.inbox.counts(1).values()) == len(told.acknowledged)


def handed_in(site: Site, count: int) -> Told:
    """Hand in answers at one place of a new round and return what phones were told."""
    place = next(each for each in site.open_round("R1") if each.text_item == "A34")
    told = Told()
    with site.sessions() as session:
        point = points.find_point(session, place.code)
        questionnaire = points.questionnaire_of(session, point)
        for number in range(count):
            key, text = page_key(number), f"意见{number}"
            answers = full_answers(questionnaire) | {"A34": text}
            intake.record(
                session,
                site.inbox,
                site.keystore,
                point,
                questionnaire,
                answers,
                key=key,
                seconds=None,
                now=clock.now(),
            )
            told.sent[key] = {"place": place.code, "text": text}
            told.acknowledged.add(key)
    return told


def test_the_judge_sees_an_answer_lost_added_or_counted_twice() -> None:
    with made_site(SQLITE) as site:
        told = handed_in(site, 3)
        stores = (site.sessions, OPERATOR, "R1", site.keystore, site.inbox)
        close_round(*stores, now=clock.now(), early_reason="proof")
        lost = {"place": told.sent[page_key(0)]["place"], "text": "意见3"}
        more = replace(told, acknowledged=told.acknowledged | {page_key(3)})
        more.sent[page_key(3)] = lost
        fewer = replace(told, acknowledged=told.acknowledged - {page_key(0)})

        assert judge(site, "R1", told) == []
        assert "1 acknowledged answers are lost" in judge(site, "R1", more)
        assert "1 answers nobody was told of" in judge(site, "R1", fewer)
        assert "responses: 3, not 2" in judge(site, "R1", fewer)
