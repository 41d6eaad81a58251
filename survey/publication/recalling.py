"""Problems that were put right before a round, beside what the round says of them."""

from __future__ import annotations

from sqlalchemy import and_, or_, select

from reports.alongside import Recalled
from reports.figures import Figures
from reports.findings import index_of
from survey.campaigns.public_words import problem_in_public
from survey.publication import companions
from survey.publication.companions import View
from survey.rectification.models import RectificationItem
from survey.rectification.states import OPEN_STATES, State
from survey.rectification.visibility import is_public
from survey.rectification.workdays import local_date
from survey.results import comparing
from survey.results import service as results


def recalled_of(
    view: View, org_id: str, figures: Figures, questionnaire: str
) -> tuple[Recalled, ...]:
    """Return items closed since the round before, with the score of their subject then and now."""
    items = view.kept("closed", lambda: _closed(view)).get(org_id, ())
    if not items:
        return ()
    comparison = companions.comparison_of(view, questionnaire)
    earlier = comparison.earlier.get(org_id)
    changed = comparing.items_changed(comparison, figures, view.round)
    verdicts = {
        each.code: each.index.verdict for each in (changed.items if changed else ()) if each.index
    }
    form = results.used_questionnaire(view.session, view.round, questionnaire)
    labels = {item.code: item.label.to("zh").partition("：")[0] for item in form.items}
    found = []
    for item in items:
        then = index_of(earlier, item.source_ref) if earlier is not None else None
        now = index_of(figures, item.source_ref)
        if then is None or now is None:
            then = now = None
        found.append(
            Recalled(
                item.number,
                problem_in_public(item.source, item.problem) if view.is_public else item.problem,
                item.closed_on,
                labels.get(item.source_ref, "").removesuffix("的情况"),
                then,
                now,
                verdicts.get(item.source_ref) if now is not None else None,
            )
        )
    return tuple(found)


def _closed(view: View) -> dict[str, list[RectificationItem]]:
    """Return the items that were closed in the year before the round's end, by organisation.

    Those that were found again, and are open once more, are among them: whoever reads of what was
    put right reads of that too.
    """
    last = local_date(view.round.closes_at)
    item = RectificationItem
    is_closed = and_(item.state == State.CLOSED.value, item.closed_on <= last)
    is_back = and_(
        item.state.in_([state.value for state in OPEN_STATES]),
        item.reopen_count > 0,
        item.registered_on <= last,
    )
    query = (
        select(item)
        .where(
            or_(
                and_(is_closed, item.closed_on > last - companions.NEAR),
                and_(is_back, item.registered_on > last - companions.NEAR),
            )
        )
        .order_by(item.number)
    )
    if view.is_public:
        query = query.where(is_public(view.session, beside=view.round))
    found: dict[str, list[RectificationItem]] = {}
    for each in view.session.scalars(query):
        if each.round_id != view.round.id:
            found.setdefault(each.org_id, []).append(each)
    return found
