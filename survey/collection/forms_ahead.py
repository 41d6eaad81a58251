"""Forms of a round made before it opens, outside its transaction, which then is a short one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from forms.digest import digest
from forms.variants import Facts, tailor
from survey.accounts.policy import Action, Actor, require
from survey.campaigns.models import Round, RoundQuestionnaire
from survey.campaigns.targets import Target, targets_of
from survey.collection import points
from survey.collection.models import CollectionPoint
from survey.collection.points import PointView
from survey.collection.receipts import random_code
from survey.instruments import service as instruments
from survey.org.models import Level, Organisation

CODE_LENGTH = 8


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


@dataclass(frozen=True)
class Ready:
    """A point as it will be seen, with id 0, and its form in every language."""

    view: PointView
    pages: Mapping[str, Page]


@dataclass(frozen=True)
class Ahead:
    """What was made ahead, by questionnaire of the round, organisation and item."""

    ready: Mapping[tuple[int, str, str], Ready] = field(default_factory=dict)

    def place(self, used: RoundQuestionnaire, facts: Facts) -> Ready | None:
        """Return what was made for a target; None where it is another one by now."""
        found = self.ready.get((used.id, facts.org_id, facts.item))
        if found is None or found.view.digest != used.digest:
            return None
        return found if found.view.facts == _as_stored(facts) else None

    def pages(self, used: RoundQuestionnaire, point: PointView) -> Mapping[str, Page] | None:
        """Return the forms of a point that is stored now; None where anything differs."""
        found = self.ready.get((used.id, point.org_id, point.item))
        is_same = found is not None and replace(point, id=0) == found.view
        return found.pages if found is not None and is_same else None


NOTHING_AHEAD = Ahead()


def make_ahead(
    session: Session,
    actor: Actor,
    round_: Round,
    render: Render,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Ahead:
    """Return the forms of a round that is not open yet; nothing is stored.

    They fit only if the round's boxes have been made (`fieldwork.prepare_boxes`), because a form
    says when they are opened. `session` need only read.
    """
    require(actor, Action.RUN_ROUNDS)
    taken = set(session.scalars(select(CollectionPoint.code)))
    plan = [
        (used, facts, place)
        for used in round_.questionnaires
        for facts, place in places_of(session, used)
    ]
    ready = {}
    for done, (used, facts, place) in enumerate(plan):
        progress(done, len(plan))
        form = tailor(instruments.load(session, used.digest), facts)
        code = new_code(taken)
        taken.add(code)
        point = point_of(round_, used, facts, digest(form), code)
        view = points.planned_view(session, point, round_, used, place)
        pages = {language: render(form, view, language) for language in form.languages}
        ready[used.id, facts.org_id, facts.item] = Ready(view, pages)
    progress(len(plan), len(plan))
    return Ahead(ready)


def places_of(session: Session, used: RoundQuestionnaire) -> list[tuple[Facts, Organisation]]:
    """Return every target that a questionnaire gets a point for, as its form is tailored to it."""
    if instruments.load(session, used.digest).is_named:
        # Named acts are answered in the console: they have no code, no page and no box.
        return []
    organisers = _organisers(session)
    return [
        (_facts(target, organisers), target.organisation) for target in targets_of(session, used)
    ]


def facts_of(session: Session, target: Target) -> Facts:
    """Return what the form of one target says of it."""
    return _facts(target, _organisers(session))


def _organisers(session: Session) -> dict[str, str]:
    districts = select(Organisation.id, Organisation.name).where(
        Organisation.level == Level.DISTRICT
    )
    return dict(session.execute(districts).all())


def _facts(target: Target, organisers: Mapping[str, str]) -> Facts:
    place = target.organisation
    return Facts(
        place.id,
        place.name,
        place.short_name,
        organiser=organisers[place.path.partition("/")[0]],
        rows=target.rows,
        values=target.values,
        item=target.item,
    )


def point_of(
    round_: Round, used: RoundQuestionnaire, facts: Facts, form_digest: str, code: str
) -> CollectionPoint:
    """Return a point that is not stored yet."""
    return CollectionPoint(
        round_id=round_.id,
        round_questionnaire_id=used.id,
        org_id=facts.org_id,
        code=code,
        mode=used.mode,
        facts=_as_stored(facts),
        form_digest=form_digest,
        item=facts.item,
    )


def _as_stored(facts: Facts) -> dict[str, Any]:
    """Return facts as the database gives them back, to compare with what it has."""
    stored: dict[str, Any] = json.loads(json.dumps(facts.to_data()))
    return stored


def new_code(taken: Set[str]) -> str:
    """Return a code that no point has."""
    while (code := random_code(CODE_LENGTH)) in taken:
        pass
    return code
