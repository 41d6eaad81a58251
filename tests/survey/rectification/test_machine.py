"""No way to the end of a real item but with evidence, another's acceptance, and the residents."""

from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.survey.rectification.machine import TRIED, Items


def test_the_law_holds_in_the_database(tmp_path: Path) -> None:
    """A short search; `python -m tests.proof.items -n 1000` makes a long one."""
    Items.folder = tmp_path
    run_state_machine_as_test(
        Items,
        settings=settings(max_examples=30, stateful_step_count=40, deadline=None, derandomize=True),
    )
    assert TRIED["closed"] > 0
