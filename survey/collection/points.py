"""Collection points as the outside sees them: what a QR code leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from forms.digest import digest
from forms.variants import Facts, tailor
from reports.rule_fields import K_PUBLIC_FLOOR
from survey.accounts.policy import Action, Actor
from survey.campaigns import ruling
from survey.campaigns.models import CollectionMode, Round, RoundQuestionnaire, RoundState
from survey.collection.boxes import BoxSlot, slot_at, slots_of
from survey.collection.models import CollectionPoint
from survey.collection.receipts import CROCKFORD, read_code
from survey.errors import NotFound, SurveyError
from survey.instruments import service as instruments
from survey.org import queries as org
from survey.org.models import Organisation

_CODE = re.compile(f"[{CROCKFORD}]{{8}}")
MAX_TAILORED = 512
_TAILORED: dict[str, Questionnaire] = {}
"""Tailored questionnaires by digest; a digest never means another one."""


class PointNotFound(NotFound):
    """No collection point has this code."""

    code = "POINT_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__(
            "没有找到这份评议表，请核对二维码下面的八位代码",
            "There is no such form; check its code",
        )


class PointNotOpen(SurveyError):
    """The round has not begun; `opens_at` says when it will."""

    code = "POINT_NOT_OPEN"
    status = 410

    def __init__(self, opens_at: datetime) -> None:
        super().__init__("本轮评议还没有开始", "This round has not begun yet")
        self.opens_at = opens_at


class PointClosed(SurveyError):
    """The round takes no more answers; `closed_at` says since when."""

    code = "POINT_CLOSED"
    status = 410

    def __init__(self, closed_at: datetime) -> None:
        super().__init__("本轮评议已经截止", "This round is closed")
        self.closed_at = closed_at


class PointAbandoned(PointClosed):
    """The round was given up, since its key is lost; nobody can read what was answered."""

    code = "POINT_ABANDONED"

    def __init__(self, closed_at: datetime) -> None:
        super().__init__(closed_at)
        self.zh, self.en = "本轮评议已经作废", "This round was given up"


@dataclass(frozen=True)
class PointView:
    """A collection point and all that serving it takes; may be kept for some seconds.

    `facts` is what the questionnaire is tailored with, `digest` names the questionnaire before
    and `form_digest` after that; `item` numbers the rectification item it is about. `mode` is a
    `CollectionMode`, `round_state` a `RoundState`. `asks_proof`: answers here come with a proof
    of work; at ticket points the ticket is enough. `fewest`: how many answers the round publishes
    results from, as its forms say.
    """

    id: int
    code: str
    mode: str
    org_id: str
    org_name: str
    org_short_name: str
    round_id: int
    round_code: str
    round_title: str
    round_state: str
    opens_at: datetime
    closes_at: datetime
    paper_until: datetime
    boxes: tuple[BoxSlot, ...]
    questionnaire_code: str
    digest: str
    form_digest: str
    facts: Mapping[str, Any]
    asks_proof: bool
    item: str = ""
    fewest: int = K_PUBLIC_FLOOR

    def box_at(self, now: datetime) -> BoxSlot:
        """Return the box that takes what comes at `now`."""
        return slot_at(self.boxes, now)

    @property
    def box_id(self) -> int:
        """The round's box, or its first one."""
        return self.boxes[0].id

    @property
    def public_key(self) -> bytes:
        """What seals answers to the first box."""
        return self.boxes[0].public_key

    @property
    def contact_key(self) -> bytes:
        """What seals telephone numbers, in every box of the round."""
        return self.boxes[0].contact_key


def find_point(session: Session, code: str) -> PointView:
    """Return the point with this code as people type it: any case, look-alikes taken as meant.

    Raises:
        PointNotFound: there is none.
    """
    written = read_code(code)
    found = None
    if _CODE.fullmatch(written):
        found = session.execute(_points().where(CollectionPoint.code == written)).first()
    if found is None:
        raise PointNotFound
    return next(_views(session, [found]))


def open_point(session: Session, code: str, now: datetime) -> PointView:
    """Return the point with this code if it takes answers at `now`.

    Raises:
        PointNotFound: there is none.
        PointNotOpen, PointClosed: it takes none now.
    """
    point = find_point(session, code)
    require_open(point, now)
    return point


def require_open(point: PointView, now: datetime) -> None:
    """Refuse unless the point takes answers at `now`; the closing instant is too late.

    Raises:
        PointNotOpen, PointClosed, PointAbandoned: it takes none now.
    """
    if point.round_state == RoundState.ABANDONED:
        raise PointAbandoned(point.closes_at)
    is_over = point.round_state != RoundState.OPEN or now >= point.closes_at
    if is_over or point.mode == CollectionMode.PAPER:
        raise PointClosed(point.closes_at)
    if now < point.opens_at:
        raise PointNotOpen(point.opens_at)


def list_points(
    session: Session,
    actor: Actor,
    round_: Round,
    *,
    action: Action = Action.SEE_ROUNDS,
    org_id: str | None = None,
) -> list[PointView]:
    """Return the points of a round where `actor` may do `action`, by questionnaire, then place."""
    query = (
        _points()
        .where(CollectionPoint.round_id == round_.id, org.within(actor, action))
        .order_by(
            RoundQuestionnaire.id, Organisation.sort_no, Organisation.id, CollectionPoint.item
        )
    )
    if org_id is not None:
        query = query.where(Organisation.id == org_id)
    return list(_views(session, session.execute(query)))


def points_of(session: Session, round_id: int) -> dict[int, PointView]:
    """Return every point of a round by its id, for work that no actor's rights limit."""
    query = _points().where(CollectionPoint.round_id == round_id).order_by(CollectionPoint.id)
    return {view.id: view for view in _views(session, session.execute(query))}


def planned_view(
    session: Session,
    point: CollectionPoint,
    round_: Round,
    used: RoundQuestionnaire,
    organisation: Organisation,
) -> PointView:
    """Return a point that is not stored yet as it will be seen once its round is open, id 0."""
    boxes, fewest = slots_of(session, round_.id), ruling.rules_of(round_).k_public
    seen = _view((point, round_, used, organisation), boxes, fewest)
    return replace(seen, id=0, round_state=RoundState.OPEN)


def keep_at_hand(form: Questionnaire) -> None:
    """Have `questionnaire_of` find a form that has just been tailored, with what it knows."""
    _keep(digest(form), form)


def _keep(form_digest: str, form: Questionnaire) -> None:
    if len(_TAILORED) >= MAX_TAILORED:
        _TAILORED.clear()
    _TAILORED[form_digest] = form


def known_questionnaire(point: PointView) -> Questionnaire | None:
    """Return the questionnaire of a point if it is at hand already."""
    return _TAILORED.get(point.form_digest)


def questionnaire_of(session: Session, point: PointView) -> Questionnaire:
    """Return the questionnaire of a point, tailored to it."""
    form = _TAILORED.get(point.form_digest)
    if form is None:
        form = tailor(instruments.load(session, point.digest), Facts.of(point.facts))
        _keep(point.form_digest, form)
    return form


def _points() -> Select[CollectionPoint, Round, RoundQuestionnaire, Organisation]:
    return (
        select(CollectionPoint, Round, RoundQuestionnaire, Organisation)
        .join(Round, Round.id == CollectionPoint.round_id)
        .join(RoundQuestionnaire, RoundQuestionnaire.id == CollectionPoint.round_questionnaire_id)
        .join(Organisation, Organisation.id == CollectionPoint.org_id)
    )


def _views(
    session: Session, rows: Iterable[Row[CollectionPoint, Round, RoundQuestionnaire, Organisation]]
) -> Iterator[PointView]:
    """Yield points as they are seen; those of one round share its boxes and rules."""
    shared: dict[int, tuple[tuple[BoxSlot, ...], int]] = {}
    for row in rows:
        round_ = row[1]
        if round_.id not in shared:
            fewest = ruling.rules_of(round_).k_public
            shared[round_.id] = slots_of(session, round_.id), fewest
        yield _view(row, *shared[round_.id])


def _view(
    row: Row[CollectionPoint, Round, RoundQuestionnaire, Organisation]
    | tuple[CollectionPoint, Round, RoundQuestionnaire, Organisation],
    boxes: tuple[BoxSlot, ...],
    fewest: int,
) -> PointView:
    point, round_, used, organisation = row
    ends = point.closes_at or round_.closes_at
    return PointView(
        id=point.id,
        code=point.code,
        mode=point.mode,
        org_id=organisation.id,
        org_name=organisation.name,
        org_short_name=organisation.short_name,
        round_id=round_.id,
        round_code=round_.code,
        round_title=round_.title,
        round_state=round_.state,
        opens_at=round_.opens_at,
        closes_at=min(ends, round_.closes_at),
        paper_until=round_.paper_until if point.closes_at is None else ends,
        boxes=boxes,
        questionnaire_code=used.code,
        digest=used.digest,
        form_digest=point.form_digest,
        facts=point.facts,
        item=point.item,
        fewest=fewest,
        asks_proof=round_.asks_proof and point.mode == CollectionMode.OPEN,
    )
