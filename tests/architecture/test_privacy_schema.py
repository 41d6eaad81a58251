"""No way from an answer to a person or a time: not by a key, not by a column, not by an order."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Date, DateTime, Integer, Table, Time
from sqlalchemy.engine import Engine
from sqlalchemy.inspection import inspect

from survey import schema
from survey.collection.models import inbox
from survey.db import Base

ANSWERS = ("response", "verbatim", "picture", "receipt", "used_credential", "contact", "tally")
"""Tables with a row, or less, for one answer."""

COLUMNS = {
    "response": {"box_id", "point_id", "id", "answers", "flags"},
    "verbatim": {"id", "box_id", "point_id", "item_code", "text"},
    "picture": {"id", "box_id", "point_id", "item_code", "data"},
    "receipt": {"round_id", "hash", "box_id"},
    "used_credential": {"round_id", "credential_hash", "key_hash"},
    # The day of a bad rating, then the item of that place and day, which is known anyway; the key
    # it is sealed to; and what staff wrote down of their call.
    "contact": {"id", "point_id", "ciphertext", "occasion", "item", "sealed_to", "result"},
    "ticket": {"hash", "batch_id"},
    "tally": {"box_id", "point_id", "data"},
    "inbox": {"box_id", "credential_hash", "key_hash", "point_id", "ciphertext"},
}
"""Every column there is; whoever adds one says here why it tells nothing."""

PLACES = {
    "box",
    "collection_point",
    "round",
    "round_questionnaire",
    "ticket_batch",
    "questionnaire_version",
    "rule_set",
    "organisation",
}
"""What may be reached from an answer: the object, the questionnaire and the round, never people."""

PEOPLE = {"account", "api_token", "role_grant", "console_session", "member", "audit_entry"}


def table(name: str) -> Table:
    return inbox if name == "inbox" else Base.metadata.tables[name]


def reachable(name: str) -> set[str]:
    """Return every table that foreign keys lead to from `name`."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for key in table(waiting.pop()).foreign_keys:
            target = key.column.table.name
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


@pytest.mark.parametrize("name", COLUMNS)
def test_an_answer_has_no_other_columns(name: str) -> None:
    assert set(table(name).columns.keys()) == COLUMNS[name]


@pytest.mark.parametrize("name", COLUMNS)
def test_an_answer_leads_to_places_only(name: str) -> None:
    assert reachable(name) <= PLACES
    assert not reachable(name) & PEOPLE


@pytest.mark.parametrize("name", COLUMNS)
def test_nothing_leads_to_an_answer(name: str) -> None:
    for other in Base.metadata.tables.values():
        assert name not in {key.column.table.name for key in other.foreign_keys}


@pytest.mark.parametrize("name", COLUMNS)
def test_an_answer_has_no_time(name: str) -> None:
    for column in table(name).columns:
        assert not isinstance(column.type, DateTime | Date | Time)
        python_type = getattr(column.type, "impl", column.type)
        assert not isinstance(python_type, DateTime | Date | Time)


@pytest.mark.parametrize("name", COLUMNS)
def test_an_answer_has_no_serial_number(name: str) -> None:
    """Numbers in a key are of box, point or round; the rest of it is random or a hash."""
    for column in table(name).primary_key.columns:
        if isinstance(column.type, Integer | BigInteger):
            assert column.foreign_keys or name == "inbox"
            assert column.name in ("box_id", "point_id", "round_id")
    for column in table(name).columns:
        assert column.server_default is None
        assert column.identity is None
        assert column is not table(name).autoincrement_column or column.foreign_keys


@pytest.mark.parametrize("name", [*ANSWERS[:6], "ticket", "inbox"])
def test_sqlite_keeps_no_order_of_its_own(name: str) -> None:
    """A hidden rowid counts upwards with every answer."""
    assert table(name).dialect_options["sqlite"]["with_rowid"] is False


@pytest.mark.parametrize("name", ANSWERS)
def test_the_database_is_as_the_models_say(engine: Engine, name: str) -> None:
    found = inspect(engine)
    assert {column["name"] for column in found.get_columns(name)} == COLUMNS[name]
    assert {key["referred_table"] for key in found.get_foreign_keys(name)} <= PLACES
    if engine.dialect.name == "sqlite" and name != "tally":
        with engine.connect() as connection:
            query = "SELECT sql FROM sqlite_master WHERE name = ?"
            statement = connection.exec_driver_sql(query, (name,)).scalar_one()
        assert "WITHOUT ROWID" in statement


def test_the_schema_holds_no_answers_elsewhere() -> None:
    """A new table that refers to boxes or points is listed here, with its reason."""
    # A batch of paper ballots: counts, and a key that sealed drafts until it was destroyed.
    known = {*ANSWERS, "form_page", "paper_issued", "keying_batch", "meeting"}
    # A batch of tickets: how many slips were printed, never which came back.
    known.add("ticket_batch")
    # Sums over many answers, those of a daily round that may be shown while it runs.
    known.add("released_tally")
    # The days in which an item is judged, the same for everybody, and what came of them.
    known.add("recheck_window")
    for metadata in schema.tables("postgresql"):
        for other in metadata.tables.values():
            targets = {key.column.table.name for key in other.foreign_keys}
            if targets & {"box", "collection_point"}:
                assert other.name in known


def test_the_anonymity_boundary_reads_no_clock() -> None:
    """Instants come in as arguments; nothing in there could stamp an answer by itself."""
    folder = Path(schema.__file__).parent / "collection"
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module != "survey.clock", file.name
            if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today", "time"):
                is_ours = isinstance(node.value, ast.Name) and node.value.id in ("task", "self")
                assert is_ours, f"{file.name}:{node.lineno}"
