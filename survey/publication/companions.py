"""What other rounds, the ledger of promises and the items say of the objects of one round.

Read once per session for a round and an audience. Everybody sees only rounds that are out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Subject
from reports.composites import Component
from reports.figures import Audience, Figures
from survey.campaigns.models import Round, RoundState
from survey.collection.models import Box
from survey.inspections.rounds import FormKind, named_forms
from survey.ratings.components import role_of
from survey.ratings.models import Rating, RatingState
from survey.ratings.readings import Judged, judged_in
from survey.results import comparing, frozen
from survey.results import service as results
from survey.results.comparing import Comparison

NEAR = timedelta(days=365)
"""How far from a round others may be that stand beside it."""

SAME_EVALUATION = timedelta(days=31)
"""Reviews, inspections and votes of members follow the answers within weeks; a report of the third
quarter tells of no inspection in November."""

NOT_OUT = (RoundState.DRAFT, RoundState.SCHEDULED, RoundState.OPEN)
T = TypeVar("T")


@dataclass(frozen=True)
class View:
    """A round as one audience reads it."""

    session: Session
    round: Round
    audience: Audience

    @property
    def is_public(self) -> bool:
        """Whether everybody reads."""
        return self.audience is Audience.PUBLIC

    def kept(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returns, made once in a session."""
        store: dict[Hashable, Any] = self.session.info.setdefault("companions", {})
        key = (self.round.id, self.round.state, self.audience, name)
        if key not in store:
            store[key] = make()
        made: T = store[key]
        return made


@dataclass
class Beside:
    """What leaders and inspectors said, and in which rounds."""

    judged: dict[str, Judged] = field(default_factory=dict)
    review: Round | None = None
    inspection: Round | None = None


def figures_of(view: View, questionnaire: str) -> tuple[Figures, ...]:
    """Return everything of one questionnaire that the audience may see."""
    return results.release_of(view.session, view.round, questionnaire, view.audience)


def comparison_of(view: View, questionnaire: str) -> Comparison:
    """Return the round beside the one before."""
    return view.kept(
        ("compared", questionnaire),
        lambda: comparing.compared(view.session, view.round, questionnaire, view.audience),
    )


def counted_at(session: Session, round_: Round) -> datetime:
    """Return when the last box of a round was opened and counted: aware."""
    opened_at = session.scalar(
        select(Box.opened_at).where(Box.round_id == round_.id).order_by(Box.opened_at.desc())
    )
    return opened_at or round_.closes_at


def cut_off(view: View) -> datetime:
    """Return until when others tell of the same evaluation; what came later stands in no report."""
    return view.kept("cut off", lambda: counted_at(view.session, view.round) + SAME_EVALUATION)


def near_rounds(view: View) -> list[Round]:
    """Return the round itself, then others that ended within a year before, the nearest first.

    One that began more than `SAME_EVALUATION` after the data were cut off tells of another time.
    """

    def made() -> list[Round]:
        query = select(Round).where(
            (Round.id == view.round.id) | (Round.opens_at < cut_off(view)),
            Round.closes_at > view.round.closes_at - NEAR,
        )
        found = view.session.scalars(query)
        return sorted(
            found,
            key=lambda each: (
                each.id != view.round.id,
                abs(each.closes_at - view.round.closes_at),
                each.id,
            ),
        )

    return view.kept("near", made)


def counted_rounds(view: View, subject: Subject, role: Component | None = None) -> Iterator[Round]:
    """Yield rounds near by that asked about `subject` and that the audience may read."""
    for each in near_rounds(view):
        if each.rules and _asks(view, each, subject, role) and is_readable(view, each):
            yield each


def _asks(view: View, round_: Round, subject: Subject, role: Component | None) -> bool:
    rules = results.rules_of(round_)
    for used in round_.questionnaires:
        form = results.used_questionnaire(view.session, round_, used.code)
        if form.subject is subject and (role is None or role_of(form, rules) is role):
            return True
    return False


def is_readable(view: View, round_: Round) -> bool:
    """Whether the audience may read figures of another round: opened, and out for everybody."""
    if not results.is_opened(view.session, round_):
        return False
    if round_.id == view.round.id or not view.is_public:
        return True
    return frozen.latest(view.session, round_, Audience.PUBLIC) is not None


def ratings_of(view: View) -> dict[str, Figures]:
    """Return figures of form D, 好差评, by window: of the round itself or the nearest one."""

    def made() -> dict[str, Figures]:
        found: dict[str, Figures] = {}
        for each in counted_rounds(view, Subject.WINDOW, Component.HCP):
            rules = results.rules_of(each)
            for used in each.questionnaires:
                form = results.used_questionnaire(view.session, each, used.code)
                if role_of(form, rules) is Component.HCP:
                    released = results.release_of(view.session, each, used.code, view.audience)
                    for figures in released:
                        if figures.roll_up is None:
                            found.setdefault(figures.target.org_id, figures)
        return found

    return view.kept("ratings", made)


def judged_of(view: View) -> Beside:
    """Return what leaders and inspectors said, in the round itself or the nearest one."""

    def made() -> Beside:
        review = _nearest(view, FormKind.REVIEW)
        inspection = _nearest(view, FormKind.INSPECTION)
        judged = judged_in(view.session, review, inspection, until=cut_off(view))
        return Beside(judged, review, inspection)

    return view.kept("judged", made)


def _nearest(view: View, kind: FormKind) -> Round | None:
    for each in near_rounds(view):
        is_out = each.state not in NOT_OUT or not view.is_public
        if is_out and named_forms(view.session, kind, each):
            return each
    return None


def settled_rating(session: Session, round_: Round) -> Rating | None:
    """Return the approved rating that the round feeds, the newest one; None without."""
    query = (
        select(Rating)
        .where(Rating.state == RatingState.APPROVED.value)
        .order_by(Rating.year.desc(), Rating.id.desc())
    )
    return next((r for r in session.scalars(query) if round_.code in r.sources.values()), None)
