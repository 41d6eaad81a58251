"""What everybody may read of rounds that are on notice or published, by name of the edition."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire, Subject
from reports.figures import Audience, Figures
from reports.parts import EvaluationReport
from survey.campaigns.models import Round
from survey.instruments import service as instruments
from survey.org.models import Commitment, Level, Organisation
from survey.publication.marks import NOTICE_MARK, report_key
from survey.publication.models import Objection, Publication, PublicationState
from survey.publication.refusals import NotPublished
from survey.rectification.following import texts_of
from survey.rectification.models import RectificationItem
from survey.rectification.states import LOOKS, Look, State
from survey.rectification.visibility import is_public
from survey.results import frozen
from survey.results.models import Release, ReleasePart

OUT = (PublicationState.NOTICE, PublicationState.PUBLISHED)
NAME = re.compile(r"(?P<code>[A-Za-z0-9][A-Za-z0-9_.]{0,39})(?:-(?P<edition>[0-9]{1,4}))?")
SHOWN = (Subject.BRANCH, Subject.WINDOW)
"""Questionnaires with public pages: the others are about one promise or problem, or a person."""

MOST_ITEMS = 500


@dataclass(frozen=True)
class Edition:
    """One edition of a round's public results; `name` is what its address calls it."""

    round: Round
    publication: Publication
    release: Release

    @property
    def name(self) -> str:
        """The round's code: the newest edition has no number in its address."""
        return self.round.code

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back: then only that, and why, may be read."""
        return self.publication.state == PublicationState.WITHDRAWN

    @property
    def is_notice(self) -> bool:
        """Whether people may still object."""
        return self.publication.state == PublicationState.NOTICE


@dataclass(frozen=True)
class Answered:
    """One questionnaire of an edition and its public figures."""

    questionnaire: Questionnaire
    figures: tuple[Figures, ...]


@dataclass(frozen=True)
class BoardItem:
    """A public item of the round's rectification board."""

    number: str
    org_id: str
    org_name: str
    problem: str
    look: Look


def listed(session: Session) -> list[Edition]:
    """Return every edition that is on notice or published, the newest round first."""
    query = (
        select(Publication, Round, Release)
        .join(Round, Round.id == Publication.round_id)
        .join(Release, Release.id == Publication.release_id)
        .where(Publication.state.in_(OUT))
        .order_by(Round.closes_at.desc(), Publication.id.desc())
    )
    return [Edition(round_, made, release) for made, round_, release in session.execute(query)]


def find(session: Session, name: str) -> Edition:
    """Return an edition by its name: a round's code, or that and the number of the edition.

    Without a number it is what is out now; where that was taken back, the last one, withdrawn.

    Raises:
        NotPublished: there is none.
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise NotPublished
    query = (
        select(Publication, Round, Release)
        .join(Round, Round.id == Publication.round_id)
        .join(Release, Release.id == Publication.release_id)
        .where(Round.code == match["code"])
        .where(Publication.state.in_((*OUT, PublicationState.WITHDRAWN)))
        .order_by(Publication.id.desc())
    )
    for made, round_, release in session.execute(query):
        if match["edition"] in (None, str(release.edition)):
            return Edition(round_, made, release)
    raise NotPublished


def answered(session: Session, edition: Edition) -> list[Answered]:
    """Return the questionnaires of an edition that have public pages, with their figures."""
    found = []
    for used in edition.round.questionnaires:
        questionnaire = instruments.load(session, used.digest)
        if questionnaire.subject in SHOWN:
            figures = frozen.figures_of(session, edition.release, used.code)
            found.append(Answered(questionnaire, figures))
    return found


def report_of(session: Session, edition: Edition, org_id: str) -> EvaluationReport:
    """Return the public report on one object, as it was frozen.

    Raises:
        NotPublished: there is none.
    """
    key = report_key(org_id, Audience.PUBLIC)
    kept = frozen.read_part(session, edition.release, frozen.REPORT, key, EvaluationReport)
    if kept is None:
        raise NotPublished
    return replace(kept, mark=NOTICE_MARK if edition.is_notice else "")


def has_report(session: Session, edition: Edition, org_id: str) -> bool:
    """Whether the public report on an object has been frozen."""
    query = select(ReleasePart.id).where(
        ReleasePart.release_id == edition.release.id,
        ReleasePart.kind == frozen.REPORT,
        ReleasePart.key == report_key(org_id, Audience.PUBLIC),
    )
    return session.scalar(query) is not None


def commitments_of(session: Session, org_id: str) -> list[Commitment]:
    """Return the promises of an organisation that are public, the latest year first."""
    query = (
        select(Commitment)
        .where(Commitment.org_id == org_id, Commitment.is_public)
        .order_by(Commitment.year.desc(), Commitment.seq, Commitment.id)
    )
    return list(session.scalars(query))


def board_of(session: Session, edition: Edition) -> list[BoardItem]:
    """Return the public items that a published round brought up, the newest first."""
    if edition.is_notice or edition.is_withdrawn:
        return []
    query = (
        select(RectificationItem, Organisation.short_name)
        .join(Organisation, Organisation.id == RectificationItem.org_id)
        .where(RectificationItem.round_id == edition.round.id, is_public(session))
        .order_by(RectificationItem.number.desc())
        .limit(MOST_ITEMS)
    )
    rows = session.execute(query).all()
    texts = texts_of(session, [item for item, _ in rows])
    return [
        BoardItem(item.number, item.org_id, name, texts[item.id][0], LOOKS[State(item.state)])
        for item, name in rows
    ]


def organiser(session: Session) -> str:
    """Return the name of the district that runs the rounds; empty before there is one."""
    query = select(Organisation.name).where(Organisation.level == Level.DISTRICT)
    return session.scalar(query) or ""


def contact(session: Session) -> tuple[str, str] | None:
    """Return the office and telephone that the newest publication names; None before the first."""
    for edition in listed(session):
        made = edition.publication
        if made.office and made.phone:
            return made.office, made.phone
    return None


def short_names(session: Session) -> dict[str, str]:
    """Return what organisations are called for short, by code."""
    query = select(Organisation.id, Organisation.short_name)
    return {code: name for code, name in session.execute(query)}  # noqa: C416 - rows, not pairs


def verification_of(session: Session, edition: Edition) -> dict[str, Any]:
    """Return what outsiders check an edition with: its content, and the digest of every part."""
    query = (
        select(ReleasePart.kind, ReleasePart.questionnaire, ReleasePart.key, ReleasePart.digest)
        .where(
            ReleasePart.release_id == edition.release.id,
            ReleasePart.kind.in_((frozen.FIGURES, frozen.REPORT)),
            ~ReleasePart.key.startswith(f"{Audience.INTERNAL.value}/"),
        )
        .order_by(ReleasePart.place)
    )
    return {
        "digest": edition.release.digest,
        "content": edition.release.content,
        "released_at": edition.release.released_at.isoformat(),
        "parts": [
            {"kind": kind, "questionnaire": questionnaire, "key": key, "digest": digest}
            for kind, questionnaire, key, digest in session.execute(query)
        ],
    }


def objections_of(session: Session, edition: Edition) -> tuple[int, int]:
    """Return how many objections a notice brought, and how many have their answer."""
    query = select(func.count(), func.count().filter(Objection.answered_by != "")).where(
        Objection.publication_id == edition.publication.id
    )
    total, done = session.execute(query).one()
    return total, done
