"""No way to the end of a real item but with evidence, another's acceptance, and the residents."""

from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from survey.rectification.states import Source
from tests.survey.rectification.machine import TRIED, Items


def test_the_law_holds_in_the_database(tmp_path: Path) -> None:
    """A short search; `python -m tests.proof.items -n 1000` makes a long one."""
    Items.folder = tmp_path
    taken = TRIED["taken"]
    run_state_machine_as_test(
        Items,
        settings=settings(max_examples=30, stateful_step_count=40, deadline=None, derandomize=True),
    )
    assert TRIED["taken"] > taken


def test_an_item_of_every_source_comes_to_its_end_within_the_law(tmp_path: Path) -> None:
    """What the search looks around is a way that people can go."""
    Items.folder = tmp_path
    for source in Source:
        closed = TRIED["closed"]
        walk = Items()
        try:
            walk.register(source=source, is_works=False)
            for _ in range(4):
                walk.go_on(n=20, steps=8)
            assert TRIED["closed"] > closed, source
        finally:
            walk.teardown()
