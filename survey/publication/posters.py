"""What is printed for a round's collection points: posters, cards, labels, promise boards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Subject
from survey.accounts.policy import Action, Actor
from survey.campaigns.models import CollectionMode, Round
from survey.collection.board_files import Board
from survey.collection.points import PointView, list_points, questionnaire_of
from survey.collection.posters import PosterPoint, poster_html
from survey.collection.printed import (
    ContactCard,
    Promise,
    board_html,
    contact_html,
    labels_html,
    tent_html,
)
from survey.errors import NotFound
from survey.org.models import Commitment, Organisation

MOMENT = timedelta(microseconds=1)


class Kind(StrEnum):
    """The pieces of domain.md 6.2 that lead to a collection point."""

    POSTER = "poster"
    POSTER_A3 = "poster-a3"
    CARD = "card"
    LABELS = "labels"
    CONTACT = "contact"
    COMMITMENTS = "commitments"


PER_DOCUMENT = {
    Kind.POSTER: 100,
    Kind.POSTER_A3: 100,
    Kind.CARD: 50,
    Kind.LABELS: 70,
    Kind.CONTACT: 15,
    Kind.COMMITMENTS: 60,
}
"""Points in one document: some 15 s of setting, so that a slow machine stays below its limit."""


class NothingToPrint(NotFound):
    """The round has no point that this piece is for."""

    code = "NOTHING_TO_PRINT"

    def __init__(self, kind: Kind) -> None:
        zh = {
            Kind.CONTACT: "连心卡上印的是征求意见表的码；本轮没有这样的问卷",
            Kind.COMMITMENTS: "承诺公示上印的是承诺践诺评议表的码；本轮没有这样的问卷",
        }.get(kind, "本轮没有这样的公开二维码；用评议票的对象请印评议票")
        super().__init__(zh, f"This round has no collection point for {kind.value}")


@dataclass(frozen=True)
class Shown:
    """A collection point and what stands on its poster."""

    view: PointView
    poster: PosterPoint


def poster_points(
    session: Session,
    actor: Actor,
    round_: Round,
    *,
    base_url: str,
    zone: ZoneInfo,
    org_id: str | None = None,
) -> list[Shown]:
    """Return every open point that `actor` may print, or those of one organisation.

    `base_url` is what phones reach the platform by; the last day of the round is in `zone`.
    Where tickets are needed a poster would lead nowhere.
    """
    views = list_points(session, actor, round_, action=Action.PRINT_POSTERS, org_id=org_id)
    return [
        Shown(
            view,
            PosterPoint(
                org_name=view.org_name,
                short_name=view.org_short_name,
                form_title=questionnaire_of(session, view).title.to("zh"),
                url=f"{base_url}/q/{view.code}",
                code=view.code,
                closes_on=(view.closes_at - MOMENT).astimezone(zone).date(),
                organiser=str(view.facts["organiser"]),
            ),
        )
        for view in views
        if view.mode == CollectionMode.OPEN
    ]


def documents(
    session: Session,
    actor: Actor,
    round_: Round,
    kind: Kind,
    *,
    base_url: str,
    zone: ZoneInfo,
    org_id: str | None = None,
    codes: Collection[str] | None = None,
) -> list[str]:
    """Return HTML documents with one kind of piece for every point, or for those with `codes`.

    Raises:
        NothingToPrint: there is no such point.
    """
    found = poster_points(session, actor, round_, base_url=base_url, zone=zone, org_id=org_id)
    chosen = _chosen(session, kind, found, codes)
    size = PER_DOCUMENT[kind]
    parts = [chosen[start : start + size] for start in range(0, len(chosen), size)]
    return [_document(session, kind, part) for part in parts]


def boards(
    session: Session,
    actor: Actor,
    round_: Round,
    *,
    base_url: str,
    zone: ZoneInfo,
    org_id: str | None = None,
    codes: Collection[str] | None = None,
) -> list[Board]:
    """Return the promises on each board that `actor` may print, as `documents` would show them.

    Raises:
        NothingToPrint: there is no such point.
    """
    found = poster_points(session, actor, round_, base_url=base_url, zone=zone, org_id=org_id)
    chosen = _chosen(session, Kind.COMMITMENTS, found, codes)
    return [(each.poster, _promises(session, each.view)) for each in chosen]


def _chosen(
    session: Session, kind: Kind, found: Sequence[Shown], codes: Collection[str] | None
) -> list[Shown]:
    """Return the points that a piece is printed for, of those with `codes`."""
    chosen = [
        each
        for each in found
        if (codes is None or each.view.code in codes) and _is_for(session, kind, each.view)
    ]
    if not chosen:
        raise NothingToPrint(kind)
    return chosen


def kinds_for(session: Session, point: PointView) -> tuple[Kind, ...]:
    """Return the pieces that can be printed for a point."""
    if point.mode != CollectionMode.OPEN:
        return ()
    return tuple(kind for kind in Kind if _is_for(session, kind, point))


def _is_for(session: Session, kind: Kind, point: PointView) -> bool:
    """Whether a piece is for this point: some are for one sort of questionnaire only."""
    needed = {Kind.CONTACT: Subject.ORGANISATION, Kind.COMMITMENTS: Subject.COMMITMENTS}
    return kind not in needed or questionnaire_of(session, point).subject is needed[kind]


def _document(session: Session, kind: Kind, part: Sequence[Shown]) -> str:
    posters = [each.poster for each in part]
    if kind is Kind.CARD:
        return tent_html(posters)
    if kind is Kind.LABELS:
        return labels_html(posters)
    if kind is Kind.CONTACT:
        return contact_html([ContactCard(e.poster, _person(session, e.view)) for e in part])
    if kind is Kind.COMMITMENTS:
        return board_html([(e.poster, _promises(session, e.view)) for e in part])
    return poster_html(posters, is_large=kind is Kind.POSTER_A3)


def _person(session: Session, point: PointView) -> str:
    return session.get_one(Organisation, point.org_id).secretary_name


def _promises(session: Session, point: PointView) -> list[Promise]:
    """Return the commitments that the point's form asks about, in their order."""
    keys = [row[0] for row in point.facts.get("rows", ())]
    query = select(Commitment).where(Commitment.id.in_(keys))
    found = {commitment.id: commitment for commitment in session.scalars(query)}
    return [
        Promise(each.content, each.measure, each.owner, each.due_on)
        for each in (found[key] for key in keys if key in found)
    ]
