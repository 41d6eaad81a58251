"""Lists of values that the database holds columns to: each says what the code says, no more.

A state, act or kind that is added to the code alone would be refused by databases in use.
"""

import re
from enum import StrEnum

from sqlalchemy import CheckConstraint, Engine, inspect, text

from survey import schema
from survey.rectification.callbacks import Result
from survey.rectification.escalation import Notice
from survey.rectification.item import EvidenceKind, Suspicion
from survey.rectification.recheck_models import Outcome
from survey.rectification.states import Act, Source, State
from survey.rectification.triage import Handling

QUOTED = re.compile(r"'([^']*)'")
REFUSAL = re.compile(r"BEGIN SELECT RAISE.*", re.DOTALL)
UNSET = ("",)
ENUMS: dict[str, tuple[type[StrEnum], tuple[str, ...]]] = {
    "ck_rectification_item_state_known": (State, ()),
    "ck_rectification_item_source_known": (Source, ()),
    "ck_rectification_item_handling_known": (Handling, UNSET),
    "ck_rectification_item_suspicion_known": (Suspicion, ()),
    "ck_transition_act_known": (Act, ()),
    "ck_transition_from_state_known": (State, ()),
    "ck_transition_to_state_known": (State, ()),
    "ck_evidence_kind_known": (EvidenceKind, ()),
    "ck_recheck_window_outcome_known": (Outcome, ()),
    "ck_contact_result_known": (Result, UNSET),
}


def rules_of(engine: Engine) -> dict[str, set[str]]:
    """Return the text of every rule of the migrated database, by its name.

    On SQLite a rule may be two triggers, one for each way a row is written.
    """
    found: dict[str, set[str]] = {}
    tables = inspect(engine)
    for table in tables.get_table_names():
        for each in tables.get_check_constraints(table):
            found.setdefault(str(each["name"]), set()).add(each["sqltext"])
    if engine.dialect.name == "sqlite":
        query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        with engine.connect() as connection:
            triggers = {name: REFUSAL.sub("", sql) for name, sql in connection.execute(query)}
        for name, sql in triggers.items():
            if name.startswith("ck_") and name.endswith("_insert"):
                rule = name.removesuffix("_insert")
                found[rule] = {sql, triggers[f"{rule}_update"]}
    return found


def values_of(engine: Engine) -> dict[str, set[str]]:
    """Return which values each rule of the database lists; both of its triggers list the same."""
    values: dict[str, set[str]] = {}
    for name, texts in rules_of(engine).items():
        listed = [set(QUOTED.findall(each)) for each in texts]
        assert all(each == listed[0] for each in listed), name
        values[name] = listed[0]
    return values


def test_the_database_knows_every_state_source_and_act(engine: Engine) -> None:
    known = values_of(engine)
    for name, (kinds, more) in ENUMS.items():
        assert known[name] == {kind.value for kind in kinds} | set(more), name
    # Of what people are told about, a suspicion alone is no card.
    cards = {kind.value for kind in Notice} - {Notice.SUSPECTED.value}
    assert known["ck_item_card_kind_known"] == cards


def test_every_list_of_values_is_the_one_of_its_model(engine: Engine) -> None:
    known = values_of(engine)
    checked = 0
    for metadata in schema.tables(engine.dialect.name):
        for table in metadata.sorted_tables:
            for rule in table.constraints:
                if not isinstance(rule, CheckConstraint) or not QUOTED.search(str(rule.sqltext)):
                    continue
                assert known[str(rule.name)] == set(QUOTED.findall(str(rule.sqltext))), rule.name
                checked += 1
    assert checked > len(ENUMS)
