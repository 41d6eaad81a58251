"""Custodians: two of three open the box, one does not, and the whole key is nowhere meanwhile."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.accounts.policy import OPERATOR, Actor
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.collection import custodians, fieldwork
from survey.collection.boxes import boxes_of
from survey.collection.custodians import CustodiansInvalid, SharesNotCollected, ShareWrong
from survey.collection.inbox import open_inbox
from survey.collection.key_sheets import key_sheets_html
from survey.collection.keystore import Keystore, SharesNeeded
from survey.collection.opening import close_round
from survey.config import Config
from survey.db import Sessions, reading
from survey.errors import NotAllowed
from tests.rounds import Field, add_district, add_round, page_key, render

NAMES = ("zhang", "li", "wang")


class Guarded(Field):
    """A round whose key was parted before it opened; `sheets` are in the custodians' hands."""

    sheets: dict[str, str]

    def open(self) -> None:
        """Make the district, part the key, hand out the sheets, open the round."""
        self.sheets = {}
        with self.sessions.begin() as session:
            add_district(session, self.now)
            round_ = add_round(session, self.now, self.code)
            stores = (session, OPERATOR, round_, self.keystore, self.inbox)
            fieldwork.prepare_boxes(*stores, now=self.now)
            custodians.split_key(session, OPERATOR, round_, self.keystore, NAMES, now=self.now)
            custodians.finish_split(session, round_, self.keystore)
            with pytest.raises(SharesNotCollected):
                fieldwork.open_round(*stores, render, now=self.now, no_key_copy=True)
            for number, name in enumerate(NAMES, 1):
                who = Actor(name, name)
                sheet = custodians.sheet_of(session, who, round_, self.keystore, number)
                self.sheets[name] = " ".join(sheet.words)
                custodians.collect(session, who, round_, self.keystore, number, now=self.now)
            fieldwork.open_round(*stores, render, now=self.now)
        self.reload()

    def give(self, name: str, words: str, days: int = 4) -> custodians.Standing:
        """Type words as one of the custodians."""
        with self.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, self.code)
            now = self.now + timedelta(days=days)
            who = Actor(name, name)
            return custodians.give(session, who, round_, self.keystore, words, now=now)

    def close(self) -> int:
        """Close the round and return how many answers were counted."""
        stores = (self.sessions, OPERATOR, self.code, self.keystore, self.inbox)
        return close_round(*stores, now=self.now + timedelta(days=4)).answers


@pytest.fixture
def guarded(
    sessions: Sessions, engine: Engine, config: Config, tmp_path: Path, now: object
) -> Guarded:
    inbox = open_inbox(config, engine)
    made = Guarded(sessions, inbox, Keystore(tmp_path / "keys"), now)  # type: ignore[arg-type]
    made.open()
    return made


def test_two_of_three_custodians_open_the_box(guarded: Guarded) -> None:
    guarded.answer("B001", page_key(1))
    with reading(guarded.sessions) as session:
        (box,) = boxes_of(session, 1)
    assert not guarded.keystore.has(box.public_key)
    kept = b"".join(file.read_bytes() for file in guarded.keystore.path.iterdir())
    assert not any(words.encode() in kept for words in guarded.sheets.values())

    with pytest.raises(SharesNeeded):
        guarded.close()
    assert guarded.give("zhang", guarded.sheets["zhang"]).missing == 1
    assert guarded.give("zhang", guarded.sheets["zhang"]).missing == 1
    with pytest.raises(SharesNeeded):
        guarded.close()
    assert guarded.give("wang", f"  {guarded.sheets['wang'].upper()}\n").missing == 0

    assert guarded.close() == 1
    assert [file.name for file in guarded.keystore.path.iterdir()] == ["pepper"]
    with reading(guarded.sessions) as session:
        acts = {act for (act,) in session.query(AuditEntry.act)}
    assert {"key.split", "key.collect_share", "key.give_share", "box.destroy_key"} <= acts


def test_nobody_gives_the_words_of_another(guarded: Guarded) -> None:
    with pytest.raises(ShareWrong):
        guarded.give("zhang", guarded.sheets["li"])
    with pytest.raises(ShareWrong):
        guarded.give("zhang", "not these words")
    with pytest.raises(CustodiansInvalid):
        guarded.give("zhang", guarded.sheets["zhang"], days=1)


def test_a_sheet_is_its_custodians_alone_and_printed_once(guarded: Guarded) -> None:
    with reading(guarded.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, guarded.code)
        with pytest.raises(NotAllowed):
            custodians.sheet_of(session, Actor("li", "li"), round_, guarded.keystore, 1)
        with pytest.raises(Exception, match="KEY_UNAVAILABLE"):
            custodians.sheet_of(session, Actor("zhang", "zhang"), round_, guarded.keystore, 1)


def test_three_different_people_before_the_round_opens(guarded: Guarded) -> None:
    with guarded.sessions.begin() as session:
        opened = campaigns.get_round(session, OPERATOR, guarded.code)
        draft = add_round(session, guarded.now, "R2")
        stores = (session, OPERATOR, draft, guarded.keystore, guarded.inbox)
        fieldwork.prepare_boxes(*stores, now=guarded.now)

        def split(round_: Round, names: tuple[str, ...]) -> None:
            custodians.split_key(
                session, OPERATOR, round_, guarded.keystore, names, now=guarded.now
            )

        for round_, names in (
            (opened, NAMES),
            (draft, NAMES[:2]),
            (draft, ("a", "a", "b")),
        ):
            with pytest.raises(CustodiansInvalid):
                split(round_, names)
        split(draft, NAMES)
        with pytest.raises(CustodiansInvalid):
            split(draft, NAMES)


def test_the_sheet_shows_every_word_with_its_number(guarded: Guarded) -> None:
    words = tuple(guarded.sheets["li"].split())
    sheet = custodians.Sheet("R1", "群众评议", 2, "li", words, "0123456789abcdef")

    html = key_sheets_html([sheet])

    assert len(words) == 33
    assert all(word in html for word in words)
    assert "第二份" in html
