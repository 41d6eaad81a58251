"""Sixty tickets used in a known order, and somebody with all that was ever on the disk.

Two careless platforms write into the same database at the same moments: one with serial numbers,
one with random ids in plain transactions. The grader must find everybody in both.
"""

import json
import random
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from sqlalchemy import text

from forms.answers import encode
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.collection import points
from survey.collection.intake import page_hash
from survey.collection.keystore import KeyUnavailable
from survey.collection.receipts import receipt_hash, receipt_of
from survey.collection.tickets import Slip, credential_of, ticket_hash
from survey.publication.closing import close_round
from tests.postgresql import run_program
from tests.proof.campaign import POSTGRESQL, SQLITE
from tests.proof.grader import PEOPLE, Artefacts, Grade, Side, as_bytes, grade, read_files, side
from tests.proof.site import Site, made_site
from tests.rounds import Field, full_answers, page_key

BRANCH = "B001"
WORD, OTHER_WORD = "嘉", "泽"
OPEN, CLOSED, LATER = "open", "closed", "later"
CONTROLS = {
    "naive_ticket": "id {blob} PRIMARY KEY, used_no INTEGER, sealed {blob}",
    "naive_answer": "id {blob} PRIMARY KEY, answer_no INTEGER, remark TEXT",
    "plain_ticket": "id {blob} PRIMARY KEY, is_spent INTEGER NOT NULL",
    "plain_answer": "id {blob} PRIMARY KEY, remark TEXT",
}


OPINIONS = random.Random(60).sample(range(PEOPLE), PEOPLE)
"""Which opinion each person has: content must not follow the order of arrival by itself."""


def answers_of(person: int) -> dict[str, str]:
    """Return answers that nobody else gives, with a text of a length that nobody else's has."""
    number = OPINIONS[person]
    return {f"A1{n + 1}": "4321"[number // 4**n % 4] for n in range(3)} | {"A34": remark(person)}


def remark(person: int) -> str:
    """Return the text of a person."""
    return f"意见{OPINIONS[person]:02d}" + WORD * OPINIONS[person]


@dataclass
class Game:
    """Everything that happened and everything that was on the disk, before and after."""

    site: Site
    field: Field
    slips: list[Slip]
    ids: dict[str, list[bytes]]
    before: Artefacts = field(default_factory=dict)
    after: Artefacts = field(default_factory=dict)
    private_key: bytes = b""
    ciphertexts: dict[int, bytes] = field(default_factory=dict)

    @property
    def artefacts(self) -> Artefacts:
        """All files of all copies."""
        return self.before | self.after


@pytest.fixture(scope="module", params=[SQLITE, POSTGRESQL])
def game(request: pytest.FixtureRequest) -> Iterator[Game]:
    """A round with tickets, answered by all, copied while open, closed, and copied again."""
    with made_site(request.param, district=False) as site:
        now = clock.now()
        round_ = Field(site.sessions, site.inbox, site.keystore, now, mode="ticket")
        round_.open()
        ids = {name: [secrets.token_bytes(16) for _ in range(PEOPLE)] for name in CONTROLS}
        played = Game(site, round_, round_.slips(BRANCH, PEOPLE), ids)
        make_controls(played)
        checkpoint(site)
        for person in range(PEOPLE):
            answer(played, person)
        public_key = round_.points[BRANCH].public_key
        played.private_key = site.keystore.private(public_key)
        played.ciphertexts = ciphertexts(played)
        played.before = copied(site, OPEN)
        stores = (site.sessions, OPERATOR, "R1", site.keystore, site.inbox)
        close_round(*stores, now=now + timedelta(days=4))
        with site.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        played.after = copied(site, CLOSED)
        checkpoint(site)
        played.after |= copied(site, LATER)
        yield played


def make_controls(game: Game) -> None:
    """Make the tables of the careless platforms; tickets are there before anybody comes."""
    is_sqlite = game.site.engine.dialect.name == "sqlite"
    blob = "BLOB" if is_sqlite else "BYTEA"
    with game.site.engine.begin() as connection:
        for name, columns in CONTROLS.items():
            end = " WITHOUT ROWID" if is_sqlite else ""
            connection.execute(text(f"CREATE TABLE {name} ({columns.format(blob=blob)}){end}"))
        statement = text("INSERT INTO plain_ticket VALUES (:id, 0)")
        connection.execute(statement, [{"id": id_} for id_ in sorted(game.ids["plain_ticket"])])


def answer(game: Game, person: int) -> None:
    """Have one person answer: on our platform, and on both careless ones."""
    game.field.answer(
        BRANCH, page_key(person), ticket=game.slips[person].code, **answers_of(person)
    )
    own = {name: ids[person] for name, ids in game.ids.items()}
    with game.site.engine.begin() as connection:
        used = {"id": own["naive_ticket"], "no": person, "sealed": bytes(100 + person)}
        connection.execute(text("INSERT INTO naive_ticket VALUES (:id, :no, :sealed)"), used)
        given = {"id": own["naive_answer"], "no": person, "remark": OTHER_WORD * OPINIONS[person]}
        connection.execute(text("INSERT INTO naive_answer VALUES (:id, :no, :remark)"), given)
    with game.site.engine.begin() as connection:
        spend = text("UPDATE plain_ticket SET is_spent = 1 WHERE id = :id")
        connection.execute(spend, {"id": own["plain_ticket"]})
        given = {"id": own["plain_answer"], "remark": OTHER_WORD * OPINIONS[person]}
        connection.execute(text("INSERT INTO plain_answer VALUES (:id, :remark)"), given)


def checkpoint(site: Site) -> None:
    """Write the log into the database, and on SQLite empty it, as happens now and then."""
    is_sqlite = site.engine.dialect.name == "sqlite"
    with site.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if is_sqlite:
            connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)" if is_sqlite else "CHECKPOINT")


def copied(site: Site, name: str) -> Artefacts:
    """Return what is on the disk: files, a dump and, while the box is open, a base backup."""
    found = read_files(site.home, f"{name} home")
    if site.database:
        found |= read_files(site.database.data / "pg_wal", f"{name} wal")
        found |= read_files(site.database.data / "base", f"{name} base")
        address = ("-h", "127.0.0.1", "-p", str(site.database.port), "-U", "postgres")
        target = site.database.folder / name
        run_program("pg_dump", *address, "-f", f"{target}.sql", "postgres")
        found[f"{name} dump"] = Path(f"{target}.sql").read_bytes()
        if name == OPEN:
            run_program("pg_basebackup", *address, "-D", str(target), "-X", "fetch", "-c", "fast")
            found |= read_files(target, f"{name} backup")
            shutil.rmtree(target)
    return found


def ciphertexts(game: Game) -> dict[int, bytes]:
    """Return what lies in the box of everybody."""
    owners = credentials(game)
    box_id = game.field.box_id
    rows = list(game.site.inbox.read_all(box_id))
    return {owners[row.credential_hash]: bytes(row.ciphertext) for row in rows}


def credentials(game: Game) -> dict[bytes, int]:
    keystore = game.site.keystore
    return {
        credential_of(keystore, "R1", ticket_hash(keystore, slip.code)): person
        for person, slip in enumerate(game.slips)
    }


def tickets(game: Game) -> list[Side]:
    """Return all that comes from a ticket or a page; whose each is, the grader knows."""
    keystore, point = game.site.keystore, game.field.points[BRANCH]
    people = range(PEOPLE)
    hashes = {ticket_hash(keystore, game.slips[p].code): p for p in people}
    keys = {page_hash(keystore, "key", point, page_key(p)): p for p in people}
    receipts = {receipt_hash("R1", point.code, receipt_of(page_key(p))).encode(): p for p in people}
    kinds = [
        ("ticket", "hash", hashes),
        ("used_credential", "credential_hash", credentials(game)),
        ("used_credential", "key_hash", keys),
        ("receipt", "hash", receipts),
    ]
    found = [
        side(f"{table} {column}", game.site.engine, table, column, owners, game.artefacts)
        for table, column, owners in kinds
    ]
    sealed = Side("sealed")
    sealed.mark("length", {person: len(each) for person, each in game.ciphertexts.items()})
    return [*found, sealed]


def answers(game: Game) -> list[Side]:
    """Return all that an answer has become; whose each is, the grader learns afterwards."""
    with game.site.sessions() as session:
        questionnaire = points.questionnaire_of(session, game.field.points[BRANCH])
        full = full_answers(questionnaire)
        codes = {encode(questionnaire, full | answers_of(p)): p for p in range(PEOPLE)}
        responses = session.execute(text("SELECT id, answers FROM response")).all()
        verbatims = session.execute(text("SELECT id, text FROM verbatim")).all()
    by_id = {as_bytes(id_): codes[answers] for id_, answers in responses}
    by_text = {as_bytes(id_): OPINIONS.index(int(remark[2:4])) for id_, remark in verbatims}
    remarks = Side("remark")
    remarks.mark("length", {person: len(remark(person)) for person in range(PEOPLE)})
    engine, artefacts = game.site.engine, game.artefacts
    return [
        side("response id", engine, "response", "id", by_id, artefacts),
        side("verbatim id", engine, "verbatim", "id", by_text, artefacts),
        remarks,
    ]


def control(game: Game, kind: str) -> Grade:
    """Return what the grader makes of a careless platform."""
    found = [
        side(name, game.site.engine, name, "id", owners, game.artefacts)
        for name in (f"{kind}_ticket", f"{kind}_answer")
        for owners in [{id_: person for person, id_ in enumerate(game.ids[name])}]
    ]
    return grade(found[:1], found[1:])


def test_no_order_no_join_and_no_length_leads_to_an_answer(game: Game) -> None:
    found = grade(tickets(game), answers(game))

    assert found.comparisons > 100
    assert found.is_chance, found


@pytest.mark.parametrize("kind", ["naive", "plain"])
def test_the_grader_finds_everybody_on_careless_platforms(game: Game, kind: str) -> None:
    found = control(game, kind)

    assert found.pairs == pytest.approx(PEOPLE), found
    assert not found.is_chance


def test_plaintext_is_nowhere_before_the_opening(game: Game) -> None:
    words = [(WORD * 8).encode(encoding) for encoding in ("utf-8", "utf-16-le", "gb18030")]
    words += [json.dumps(WORD * 8)[1:-1].encode(), (WORD * 8).encode().hex().encode()]
    with game.site.sessions() as session:
        questionnaire = points.questionnaire_of(session, game.field.points[BRANCH])
    full = full_answers(questionnaire)
    words += [encode(questionnaire, full | answers_of(p)).encode() for p in range(PEOPLE)]

    assert holding(game.before, words) == set()
    assert holding(game.after, words) != set()
    assert holding(game.before, [(OTHER_WORD * 8).encode()]) != set()


def holding(artefacts: Artefacts, words: list[bytes]) -> set[str]:
    """Return the files that hold any of the words."""
    return {name for name, content in artefacts.items() for word in words if word in content}


def test_old_copies_yield_nothing_once_the_key_is_destroyed(game: Game) -> None:
    """Every row of the box is in the old copies, and nothing on the disk opens one."""
    for ciphertext in game.ciphertexts.values():
        assert SealedBox(PrivateKey(game.private_key)).decrypt(ciphertext)
        assert holding(game.before, [ciphertext[:32], ciphertext[:32].hex().encode()])
    keys = [game.private_key, game.private_key.hex().encode()]

    assert {Path(name).suffix for name in holding(game.before, keys)} == {".key"}
    assert holding(game.after, keys) == set()
    with pytest.raises(KeyUnavailable):
        game.site.keystore.private(game.field.points[BRANCH].public_key)
    for kept in game.site.config.keystore.iterdir():
        for candidate in candidates(kept.read_bytes()):
            with pytest.raises(CryptoError):
                SealedBox(PrivateKey(candidate)).decrypt(game.ciphertexts[0])


def candidates(content: bytes) -> list[bytes]:
    """Return what of a file of the keystore could be a key."""
    digits = content.split(b" ", 1)[0]
    found = [content[:32]] if len(content) >= 32 else []
    return found + ([bytes.fromhex(digits.decode())] if len(digits) == 64 else [])
