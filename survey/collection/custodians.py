"""Custodians: the key of a box in three parts, of which any two open it; nobody has it alone."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from shamir_mnemonic import combine_mnemonics, generate_mnemonics
from shamir_mnemonic.utils import MnemonicError
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import OpeningKind, Round, RoundState
from survey.collection.boxes import UNOPENED, boxes_of
from survey.collection.custodian_models import KeyShare
from survey.collection.keystore import Keystore, KeyUnavailable
from survey.collection.models import Box
from survey.errors import NotAllowed, SurveyError

SHARES, NEEDED = 3, 2


class CustodiansInvalid(SurveyError):
    """The key cannot be given to these custodians, or not now."""

    code = "CUSTODIANS_INVALID"
    status = 422


class SharesNotCollected(SurveyError):
    """A round must not open before every custodian has the sheet in hand."""

    code = "SHARES_NOT_COLLECTED"

    def __init__(self, accounts: Sequence[str]) -> None:
        super().__init__(
            f"还有保管人没有领走恢复单：{'、'.join(accounts)}；领齐了才能开放",
            f"Sheets not collected yet: {', '.join(accounts)}; the round opens when all are",
        )


class ShareWrong(SurveyError):
    """What was typed is not this custodian's part of the key."""

    code = "SHARE_WRONG"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "这不是您保管的那一份，请对照恢复单逐词核对",
            "These are not the words of your sheet; compare them word by word",
        )


@dataclass(frozen=True)
class Sheet:
    """What is printed for one custodian: the words of one part, and what they belong to."""

    round_code: str
    round_title: str
    number: int
    account: str
    words: tuple[str, ...]
    key_name: str


@dataclass(frozen=True)
class Standing:
    """How far the custodians of a round are.

    Attributes:
        shares: in the order of their numbers; empty where the key is in one piece.
        given: numbers of the parts typed in so far.
        is_joined: whether the key is whole again, or needed no more.
    """

    shares: tuple[KeyShare, ...]
    given: tuple[int, ...]
    is_joined: bool

    @property
    def missing(self) -> int:
        """How many parts are still needed to open the box."""
        return 0 if self.is_joined else max(0, NEEDED - len(self.given))


def split_key(
    session: Session,
    actor: Actor,
    round_: Round,
    keystore: Keystore,
    accounts: Sequence[str],
    *,
    now: datetime,
) -> tuple[KeyShare, ...]:
    """Part the key of a round that has not opened yet among three custodians.

    Every pair of parts is tried before the whole key is destroyed. The parts wait in the keystore
    until their custodians collect them.

    Raises:
        CustodiansInvalid: not three different people, or the round has begun, has daily
            openings, has no box yet, or its key is parted already.
        KeyUnavailable: the key is not there.
    """
    require(actor, Action.RUN_ROUNDS)
    box = _box_to_split(session, round_)
    if len(set(accounts)) != SHARES or len(accounts) != SHARES:
        raise CustodiansInvalid("请选三位不同的保管人", "Name three different custodians")
    private_key = keystore.private(box.public_key)
    parts = generate_mnemonics(1, [(NEEDED, SHARES)], private_key)[0]
    for pair in combinations(parts, NEEDED):
        if combine_mnemonics(list(pair)) != private_key:
            raise KeyUnavailable(keystore.file_of(box.public_key).name)
    for number, words in enumerate(parts, 1):
        keystore.keep_share(box.public_key, number, words)
    keystore.mark_shared(box.public_key)
    shares = tuple(
        KeyShare(round_id=round_.id, number=number, account=account, digest=_digest(words))
        for number, (account, words) in enumerate(zip(accounts, parts, strict=True), 1)
    )
    session.add_all(shares)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="key.split",
        subject=round_.code,
        now=now,
        box=box.id,
        custodians=list(accounts),
    )
    return shares


def finish_split(session: Session, round_: Round, keystore: Keystore) -> None:
    """Destroy the whole key, once the split is committed; done again, nothing changes."""
    for box in boxes_of(session, round_.id):
        if keystore.is_shared(box.public_key):
            keystore.destroy_whole(box.public_key)


def sheet_of(
    session: Session, actor: Actor, round_: Round, keystore: Keystore, number: int
) -> Sheet:
    """Return a custodian's sheet for printing, for as long as it has not been collected.

    Raises:
        NotAllowed: it is somebody else's.
        KeyUnavailable: it was collected.
    """
    share = _share(session, actor, round_, number)
    box = boxes_of(session, round_.id)[0]
    words = keystore.share(box.public_key, number)
    return Sheet(
        round_code=round_.code,
        round_title=round_.title,
        number=number,
        account=share.account,
        words=tuple(words.split()),
        key_name=keystore.file_of(box.public_key).stem,
    )


def collect(
    session: Session, actor: Actor, round_: Round, keystore: Keystore, number: int, *, now: datetime
) -> KeyShare:
    """Note that a custodian has the printed sheet; its words are then nowhere else.

    Raises:
        NotAllowed: it is somebody else's.
    """
    share = _share(session, actor, round_, number)
    if not share.is_collected:
        share.is_collected = True
        session.flush()
        audit.record(
            session,
            actor=actor.name,
            act="key.collect_share",
            subject=round_.code,
            now=now,
            number=number,
            custodian=share.account,
        )
    keystore.forget_share(boxes_of(session, round_.id)[0].public_key, number)
    return share


def give(
    session: Session, actor: Actor, round_: Round, keystore: Keystore, words: str, *, now: datetime
) -> Standing:
    """Take a custodian's words after the close; with the second part the key is whole again.

    Raises:
        CustodiansInvalid: the round has not ended yet, or has no custodians.
        ShareWrong: the words are not those of the actor's own sheet.
    """
    standing = standing_of(session, round_, keystore)
    if not standing.shares or round_.state != RoundState.OPEN or now < round_.paper_until:
        raise CustodiansInvalid(
            "轮次截止以后才收恢复单上的词", "Shares are taken after the round has ended"
        )
    written = _written(words)
    mine = [
        share
        for share in standing.shares
        if share.digest == _digest(written) and (actor.is_operator or share.account == actor.name)
    ]
    if not mine:
        raise ShareWrong
    if standing.is_joined or mine[0].number in standing.given:
        return standing
    box = boxes_of(session, round_.id)[0]
    keystore.give_share(box.public_key, mine[0].number, written)
    audit.record(
        session,
        actor=actor.name,
        act="key.give_share",
        subject=round_.code,
        now=now,
        number=mine[0].number,
        custodian=mine[0].account,
    )
    given = keystore.given_shares(box.public_key)
    if len(given) >= NEEDED:
        try:
            private_key = combine_mnemonics(list(given.values())[:NEEDED])
        except MnemonicError as error:
            raise ShareWrong from error
        keystore.join(box.public_key, private_key)
    return standing_of(session, round_, keystore)


def standing_of(session: Session, round_: Round, keystore: Keystore) -> Standing:
    """Return how far the custodians of a round are."""
    query = select(KeyShare).where(KeyShare.round_id == round_.id).order_by(KeyShare.number)
    shares = tuple(session.scalars(query))
    boxes = boxes_of(session, round_.id)
    if not shares or not boxes:
        return Standing((), (), True)
    public_key = boxes[0].public_key
    is_open = boxes[0].state not in UNOPENED
    return Standing(
        shares,
        tuple(sorted(keystore.given_shares(public_key))),
        is_open or keystore.has(public_key),
    )


def require_collected(session: Session, round_: Round) -> bool:
    """Whether the key of a round is parted; refuse while a custodian's sheet waits to be printed.

    Raises:
        SharesNotCollected: one does.
    """
    shares = session.scalars(select(KeyShare).where(KeyShare.round_id == round_.id)).all()
    waiting = [share.account for share in shares if not share.is_collected]
    if waiting:
        raise SharesNotCollected(waiting)
    return bool(shares)


def _box_to_split(session: Session, round_: Round) -> Box:
    boxes = boxes_of(session, round_.id)
    known = session.scalar(select(KeyShare.number).where(KeyShare.round_id == round_.id).limit(1))
    if round_.opening != OpeningKind.AT_CLOSE:
        raise CustodiansInvalid(
            "按日启封的轮次每天早上自动启封，不能由保管人分管密钥",
            "Daily boxes are opened by the worker each morning; custodians cannot hold their keys",
        )
    if round_.state not in (RoundState.DRAFT, RoundState.SCHEDULED) or not boxes or known:
        raise CustodiansInvalid(
            "密钥要在生成以后、开放以前分给保管人，而且只分一次",
            "A key is parted once, after it was made and before the round opens",
        )
    return boxes[0]


def _share(session: Session, actor: Actor, round_: Round, number: int) -> KeyShare:
    share = session.get(KeyShare, (round_.id, number))
    if share is None or not (actor.is_operator or share.account == actor.name):
        raise NotAllowed("这份恢复单由别人保管", "This sheet belongs to another custodian")
    return share


def _written(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).lower().split())


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
