"""Open a round: a box with its keys, and a point with its form for every target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from forms.digest import digest
from forms.variants import Facts, tailor
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns import ruling
from survey.campaigns import service as campaigns
from survey.campaigns.models import (
    Round,
    RoundQuestionnaire,
    RoundState,
)
from survey.campaigns.targets import targets_of
from survey.collection import custodians, points
from survey.collection.boxes import CHINA, boxes_of, make_boxes
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore
from survey.collection.models import Box, CollectionPoint, FormPage
from survey.collection.points import PointView
from survey.collection.receipts import random_code
from survey.errors import SurveyError
from survey.instruments import service as instruments
from survey.org.models import Level, Organisation

CODE_LENGTH = 8
NAMED_FILES = 4


class RoundNotReady(SurveyError):
    """The round is not in the state that this act needs."""

    code = "ROUND_STATE"


class KeyCopyNeeded(SurveyError):
    """Nobody has said what would happen if the key file were lost."""

    code = "KEY_COPY_NEEDED"

    def __init__(self, files: str) -> None:
        super().__init__(
            f"密钥丢失，答卷就再也打不开。请先复制密钥文件（{files}）到别处保管并确认，或明确选择不留副本",
            f"Without its key the box can never be opened. Copy the key files ({files}) to a safe "
            "place and confirm, or say that no copy is wanted",
        )


class Page(Protocol):
    """A form page, rendered and compressed: what comes before and after the page's own key."""

    @property
    def head(self) -> bytes:
        """Compressed bytes before the key."""
        ...

    @property
    def tail(self) -> bytes:
        """Compressed bytes after it."""
        ...

    @property
    def csp(self) -> str:
        """The page's Content-Security-Policy."""
        ...


Render = Callable[[Questionnaire, PointView, str], Page]
"""Makes the form of a point in one language."""


def prepare_boxes(
    session: Session,
    actor: Actor,
    round_: Round,
    keystore: Keystore,
    inbox: Inbox,
    *,
    now: datetime,
    zone: tzinfo = CHINA,
) -> tuple[Box, ...]:
    """Return the round's boxes with their keys, made now if need be, so that keys can be copied.

    `zone` says where a day begins.

    Raises:
        RoundNotReady: the round has been opened already.
        TooManyDays: a daily round is too long.
    """
    require(actor, Action.RUN_ROUNDS)
    _require_ready(round_, now)
    found = boxes_of(session, round_.id)
    if not found:
        found = make_boxes(session, round_, keystore, inbox, zone)
        audit.record(
            session,
            actor=actor.name,
            act="box.create",
            subject=round_.code,
            now=now,
            box=found[0].id,
            boxes=len(found),
        )
    return found


def has_boxes(session: Session, round_: Round) -> bool:
    """Whether the round's boxes and their keys have been made."""
    return bool(boxes_of(session, round_.id))


def key_files(keystore: Keystore, boxes: Sequence[Box]) -> tuple[str, ...]:
    """Return the files of which somebody should keep a copy elsewhere."""
    keys = dict.fromkeys(key for box in boxes for key in (box.public_key, box.contact_key))
    return tuple(str(keystore.file_of(key)) for key in keys)


def open_round(
    session: Session,
    actor: Actor,
    round_: Round,
    keystore: Keystore,
    inbox: Inbox,
    render: Render,
    *,
    now: datetime,
    confirm_key_copy: bool = False,
    no_key_copy: bool = False,
    zone: tzinfo = CHINA,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Round:
    """Open a round, in the caller's transaction: points, forms, box, rules; answers may come.

    Args:
        session: flushed here, committed by the caller.
        actor: needs RUN_ROUNDS.
        round_: a draft.
        keystore: gets the keys.
        inbox: gets the box.
        render: makes the form of a point in a language.
        now: aware.
        confirm_key_copy: the keys that `prepare_boxes` made have been copied elsewhere.
        no_key_copy: the office accepts that a lost key loses the answers.
        zone: where a day begins, for daily boxes.
        progress: told how many points of how many are done.

    Raises:
        RoundNotReady, TooManyDays: see `prepare_boxes`.
        SharesNotCollected: a custodian has not printed the sheet yet.
        KeyCopyNeeded: neither was said, or there is no key yet that could have been copied.
        KeyUnavailable: what the box seals could not be opened.
        NoTargets: a questionnaire would go to nobody.
    """
    require(actor, Action.RUN_ROUNDS)
    _require_ready(round_, now)
    boxes = boxes_of(session, round_.id)
    # The custodians' sheets are the copy of the key.
    confirm_key_copy = custodians.require_collected(session, round_) or confirm_key_copy
    if not no_key_copy and (not confirm_key_copy or not boxes):
        raise KeyCopyNeeded(_named(key_files(keystore, boxes)) or str(keystore.path))
    boxes = boxes or make_boxes(session, round_, keystore, inbox, zone)
    for key in dict.fromkeys(key for box in boxes for key in (box.public_key, box.contact_key)):
        keystore.self_test(key)
    if not round_.rules:
        # Planned before rounds had rule sets.
        ruling.give(session, round_, "", now=now)
    round_.state = RoundState.OPEN
    made = list(_make_points(session, round_))
    for done, point in enumerate(made):
        progress(done, len(made))
        _store_pages(session, point, render)
    progress(len(made), len(made))
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="round.open",
        subject=round_.code,
        now=now,
        box=boxes[0].id,
        boxes=len(boxes),
        points=len(made),
        key_copy=confirm_key_copy and not no_key_copy,
        rules_digest=ruling.digest_of_rules(round_),
    )
    return round_


def _require_ready(round_: Round, now: datetime) -> None:
    if round_.state not in (RoundState.DRAFT, RoundState.SCHEDULED):
        raise RoundNotReady(
            f"轮次“{round_.code}”已经开始过，不能再次开始",
            f"The round {round_.code} is {round_.state}; it cannot be opened again",
        )
    if now >= round_.closes_at:
        raise RoundNotReady(
            f"轮次“{round_.code}”的截止时间已过，请另建一轮",
            f"The round {round_.code} should have closed by now; create another one",
        )


def _named(files: Sequence[str]) -> str:
    """Return the files of a message; of many, the folder that has them."""
    few = files[:NAMED_FILES]
    more = [f"… {len(files)}"] if len(files) > len(few) else []
    return "、".join([*few, *more])


def _make_points(session: Session, round_: Round) -> Iterator[PointView]:
    """Store a point for every target of every questionnaire, and yield them as they are seen."""
    codes = _codes(session)
    districts = select(Organisation.id, Organisation.name).where(
        Organisation.level == Level.DISTRICT
    )
    organisers = dict(session.execute(districts).all())
    for used in round_.questionnaires:
        base = instruments.load(session, used.digest)
        if not campaigns.targets_of(session, used):
            raise campaigns.NoTargets(used.code)
        if base.is_named:
            # Named acts are answered in the console: they have no code, no page and no box.
            continue
        for target in targets_of(session, used):
            place = target.organisation
            facts = Facts(
                place.id,
                place.name,
                place.short_name,
                organiser=organisers[place.path.partition("/")[0]],
                rows=target.rows,
                values=target.values,
                item=target.item,
            )
            form = tailor(base, facts)
            points.keep_at_hand(form)
            session.add(_point(round_, used, facts, form, next(codes)))
    session.flush()
    yield from points.points_of(session, round_.id).values()


def _point(
    round_: Round, used: RoundQuestionnaire, facts: Facts, form: Questionnaire, code: str
) -> CollectionPoint:
    return CollectionPoint(
        round_id=round_.id,
        round_questionnaire_id=used.id,
        org_id=facts.org_id,
        code=code,
        mode=used.mode,
        facts=facts.to_data(),
        form_digest=digest(form),
        item=facts.item,
    )


def _codes(session: Session) -> Iterator[str]:
    """Yield codes that no point has."""
    taken = set(session.scalars(select(CollectionPoint.code)))
    while True:
        code = random_code(CODE_LENGTH)
        if code not in taken:
            taken.add(code)
            yield code


def _store_pages(session: Session, point: PointView, render: Render) -> None:
    questionnaire = points.questionnaire_of(session, point)
    for language in questionnaire.languages:
        page = render(questionnaire, point, language)
        session.add(
            FormPage(
                point_id=point.id,
                language=language,
                head=page.head,
                tail=page.tail,
                csp=page.csp,
            )
        )
