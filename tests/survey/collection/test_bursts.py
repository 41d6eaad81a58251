"""Bursts are seen across processes, minutes and objects."""

import os
from datetime import UTC, datetime, timedelta

from survey.collection.bursts import MOST, Bursts

START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def test_more_than_twenty_in_a_minute_are_a_burst():
    bursts = Bursts()
    found = [bursts.add(7, START + timedelta(seconds=i)) for i in range(30)]

    assert found == [False] * MOST + [True] * 10


def test_a_meeting_that_spans_two_minutes_is_one():
    bursts = Bursts()
    found = [bursts.add(7, START + timedelta(seconds=45 + i)) for i in range(30)]

    assert found[:15] == [False] * 15
    assert found[-1]


def test_a_steady_trickle_is_none():
    bursts = Bursts()

    assert not any(bursts.add(7, START + timedelta(seconds=4 * i)) for i in range(200))


def test_objects_and_hours_do_not_mix():
    bursts = Bursts()
    for _ in range(MOST):
        bursts.add(7, START)
        bursts.add(8, START)
    assert not bursts.add(9, START)
    assert not bursts.add(7, START + timedelta(hours=1))
    assert bursts.add(8, START)


def test_processes_count_together():
    bursts = Bursts()
    for _ in range(3):
        child = os.fork()
        if child == 0:
            for _ in range(7):
                bursts.add(7, START)
            os._exit(0)
        os.waitpid(child, 0)

    assert bursts.add(7, START)
