"""Open a round: a box with its keys, and a point with its form for every target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from forms.digest import digest
from forms.variants import Facts, tailor
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns import ruling
from survey.campaigns import service as campaigns
from survey.campaigns.models import CollectionMode, Round, RoundQuestionnaire, RoundState
from survey.collection import custodians, points
from survey.collection.boxes import CHINA, boxes_of, make_boxes
from survey.collection.forms_ahead import (
    NOTHING_AHEAD,
    Ahead,
    Page,
    Render,
    make_ahead,
    new_code,
    places_of,
    point_of,
)
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore
from survey.collection.models import Box, CollectionPoint, FormPage
from survey.collection.points import PointView
from survey.db import Sessions, reading
from survey.errors import SurveyError
from survey.instruments import service as instruments

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
    ahead: Ahead = NOTHING_AHEAD,
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
        ahead: forms made before the transaction, so that it is short; what does not fit any
            more is made again.
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
    confirm_key_copy = _require_copy(session, round_, keystore, confirm_key_copy, no_key_copy)
    boxes = _begin(session, round_, keystore, inbox, now=now, zone=zone)
    made = _make_points(session, round_, ahead)
    for done, (used, point) in enumerate(made):
        progress(done, len(made))
        _store_pages(session, point, ahead.pages(used, point), render)
    progress(len(made), len(made))
    session.flush()
    has_copy = confirm_key_copy and not no_key_copy
    _record_opening(session, actor, round_, boxes, len(made), has_copy, now)
    return round_


def open_running(
    session: Session,
    actor: Actor,
    round_: Round,
    keystore: Keystore,
    inbox: Inbox,
    *,
    now: datetime,
    zone: tzinfo = CHINA,
) -> None:
    """Open a round that gets its points one by one while it runs, in the caller's transaction.

    Nobody is there to copy its keys: a key that is lost loses the day that its box was for.

    Raises:
        RoundNotReady, TooManyDays, KeyUnavailable: as `open_round` does.
    """
    require(actor, Action.RUN_ROUNDS)
    _require_ready(round_, now)
    boxes = _begin(session, round_, keystore, inbox, now=now, zone=zone)
    session.flush()
    _record_opening(session, actor, round_, boxes, 0, False, now)


def add_point(
    session: Session,
    used: RoundQuestionnaire,
    facts: Facts,
    render: Render,
    *,
    mode: CollectionMode,
    closes_at: datetime,
) -> PointView:
    """Add a point to an open round, with its forms; answers may come at once, until `closes_at`.

    Raises:
        RoundNotReady: the round is not open.
    """
    if used.round.state != RoundState.OPEN:
        raise _not_ready(used.round)
    form = tailor(instruments.load(session, used.digest), facts)
    points.keep_at_hand(form)
    taken = set(session.scalars(select(CollectionPoint.code)))
    point = point_of(used.round, used, facts, digest(form), new_code(taken))
    point.mode, point.closes_at = mode.value, closes_at
    session.add(point)
    session.flush()
    view = points.find_point(session, point.code)
    _store_pages(session, view, None, render)
    return view


def _begin(
    session: Session,
    round_: Round,
    keystore: Keystore,
    inbox: Inbox,
    *,
    now: datetime,
    zone: tzinfo,
) -> tuple[Box, ...]:
    """Make what a round has none of yet, try its keys, and let answers come."""
    boxes = boxes_of(session, round_.id) or make_boxes(session, round_, keystore, inbox, zone)
    for key in dict.fromkeys(key for box in boxes for key in (box.public_key, box.contact_key)):
        keystore.self_test(key)
    if not round_.rules:
        # Planned before rounds had rule sets.
        ruling.give(session, round_, "", now=now)
    round_.state = RoundState.OPEN
    return boxes


def _record_opening(
    session: Session,
    actor: Actor,
    round_: Round,
    boxes: Sequence[Box],
    point_count: int,
    has_copy: bool,
    now: datetime,
) -> None:
    audit.record(
        session,
        actor=actor.name,
        act="round.open",
        subject=round_.code,
        now=now,
        box=boxes[0].id,
        boxes=len(boxes),
        points=point_count,
        key_copy=has_copy,
        rules_digest=ruling.digest_of_rules(round_),
    )


def open_in_steps(
    sessions: Sessions,
    actor: Actor,
    round_code: str,
    keystore: Keystore,
    inbox: Inbox,
    render: Render,
    *,
    now: datetime,
    confirm_key_copy: bool = False,
    no_key_copy: bool = False,
    zone: tzinfo = CHINA,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Open a round as `open_round` does, and commit; nobody waits while its forms are made.

    What refuses the opening is looked at first; the boxes are made, then the forms, which takes
    most of the time and is done outside every transaction that writes.
    """
    with sessions.begin() as session:
        round_ = campaigns.get_round(session, actor, round_code)
        require(actor, Action.RUN_ROUNDS)
        _require_ready(round_, now)
        _require_copy(session, round_, keystore, confirm_key_copy, no_key_copy)
        prepare_boxes(session, actor, round_, keystore, inbox, now=now, zone=zone)
    with reading(sessions) as session:
        round_ = campaigns.get_round(session, actor, round_code)
        ahead = make_ahead(session, actor, round_, render, progress=progress)
    with sessions.begin() as session:
        open_round(
            session,
            actor,
            campaigns.get_round(session, actor, round_code),
            keystore,
            inbox,
            render,
            now=now,
            confirm_key_copy=confirm_key_copy,
            no_key_copy=no_key_copy,
            zone=zone,
            ahead=ahead,
        )


def _require_copy(
    session: Session, round_: Round, keystore: Keystore, is_confirmed: bool, is_waived: bool
) -> bool:
    """Refuse unless somebody answers for the keys; return whether there is a copy of them."""
    boxes = boxes_of(session, round_.id)
    # The custodians' sheets are the copy of the key.
    is_confirmed = custodians.require_collected(session, round_) or is_confirmed
    if not is_waived and (not is_confirmed or not boxes):
        raise KeyCopyNeeded(_named(key_files(keystore, boxes)) or str(keystore.path))
    return is_confirmed


def _require_ready(round_: Round, now: datetime) -> None:
    if round_.state not in (RoundState.DRAFT, RoundState.SCHEDULED):
        raise _not_ready(round_)
    if now >= round_.closes_at:
        raise RoundNotReady(
            f"轮次“{round_.code}”的截止时间已过，请另建一轮",
            f"The round {round_.code} should have closed by now; create another one",
        )


def _not_ready(round_: Round) -> RoundNotReady:
    if round_.state == RoundState.OPEN:
        return RoundNotReady(
            f"轮次“{round_.code}”已经开始过，不能再次开始",
            f"The round {round_.code} is {round_.state}; it cannot be opened again",
        )
    return RoundNotReady(
        f"轮次“{round_.code}”已经结束",
        f"The round {round_.code} is {round_.state}; it takes nothing any more",
    )


def _named(files: Sequence[str]) -> str:
    """Return the files of a message; of many, the folder that has them."""
    few = files[:NAMED_FILES]
    more = [f"… {len(files)}"] if len(files) > len(few) else []
    return "、".join([*few, *more])


def _make_points(
    session: Session, round_: Round, ahead: Ahead
) -> list[tuple[RoundQuestionnaire, PointView]]:
    """Store a point for every target of every questionnaire; return them as they are seen."""
    uses: dict[str, RoundQuestionnaire] = {}
    taken = set(session.scalars(select(CollectionPoint.code)))
    for used in round_.questionnaires:
        if not campaigns.targets_of(session, used):
            raise campaigns.NoTargets(used.code)
        for facts, _ in places_of(session, used):
            ready = ahead.place(used, facts)
            code, form_digest = (ready.view.code, ready.view.form_digest) if ready else ("", "")
            if not ready:
                form = tailor(instruments.load(session, used.digest), facts)
                points.keep_at_hand(form)
                form_digest = digest(form)
            if not code or code in taken:
                code = new_code(taken)
            taken.add(code)
            uses[code] = used
            session.add(point_of(round_, used, facts, form_digest, code))
    session.flush()
    views = points.points_of(session, round_.id).values()
    return [(uses[view.code], view) for view in views]


def _store_pages(
    session: Session, point: PointView, pages: Mapping[str, Page] | None, render: Render
) -> None:
    if pages is None:
        questionnaire = points.questionnaire_of(session, point)
        pages = {each: render(questionnaire, point, each) for each in questionnaire.languages}
    rows = [
        {
            "point_id": point.id,
            "language": language,
            "head": page.head,
            "tail": page.tail,
            "csp": page.csp,
        }
        for language, page in pages.items()
    ]
    session.execute(insert(FormPage), rows)
