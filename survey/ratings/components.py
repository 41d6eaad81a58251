"""The components of composites, gathered from the rounds that a rating names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire, Subject
from reports.commitments import CommitmentCounts, commitment_figures
from reports.composites import Component, Source
from reports.figures import Audience, Figures
from reports.member_votes import grade_tally
from reports.rules import SIDES, RuleSet, importance_items, points_of
from reports.tally import Tally
from survey.campaigns.models import Round
from survey.campaigns.targets import row_key
from survey.collection import points, releases
from survey.org.models import Commitment
from survey.ratings.readings import Judged, judged_in
from survey.results import service as results
from survey.results.trial import figures_under

PEERS = "member"
LEADERSHIP = "fivelead"
AWARE = "1"
ASSESSED = {"completed": 100.0, "partly": 50.0, "overdue": 0.0}
"""What the commitment ledger says of an ended commitment, as the organisation's own assessment."""


@dataclass
class Measured:
    """What was measured of one organisation; `figures` are the residents', None without any."""

    figures: Figures | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    judged: Judged = field(default_factory=Judged)


def gather(
    session: Session, rounds: Mapping[str, Round], rules: RuleSet, *, trial: bool = False
) -> dict[str, Measured]:
    """Return every component of every organisation that the residents were asked about.

    In a trial the residents' figures are made anew under `rules`, not taken from the release.

    Raises:
        ResultsSealed: a round's box is still closed.
    """
    found: dict[str, Measured] = {}
    for component in (Component.MASS, Component.SURVEY, Component.HCP):
        round_ = rounds.get(component)
        if round_ is not None:
            _add_residents(session, found, component, round_, rules, trial=trial)
    _add_peers(session, found, rounds.get(Component.PEER))
    _add_commitments(session, found, rounds.get(Component.COMMIT))
    judged = judged_in(session, rounds.get(Component.LEADER), rounds.get(Component.SPOT))
    for org_id, each in judged.items():
        if org_id not in found:
            continue
        found[org_id].judged = each
        for component, given in (
            (Component.LEADER, each.leader),
            (Component.SPOT, each.inspection),
        ):
            if given:
                mean = sum(one.score for one in given) / len(given)
                code = rounds[component].code
                found[org_id].sources[component] = Source(mean, None, code, len(given))
    return found


def role_of(questionnaire: Questionnaire, rules: RuleSet) -> Component | None:
    """Return which component a questionnaire of residents or members makes; None for others."""
    if questionnaire.subject is Subject.MEMBERS:
        return Component.PEER
    if questionnaire.subject is Subject.COMMITMENTS:
        return Component.COMMIT
    if rules.form(questionnaire.code).mass:
        return Component.MASS
    if questionnaire.subject is Subject.WINDOW:
        return Component.SURVEY if importance_items(questionnaire) else Component.HCP
    return None


def residents_source(component: str, figures: Figures, round_code: str) -> Source | None:
    """Return the residents' component of one object; None where it has no score.

    The error of a CSI is not known from counts alone, as items of one ballot go together; the
    weighted mean of the items' errors is taken, which is never too small.
    """
    if component == Component.MASS:
        if figures.mass is None:
            return None
        return Source(figures.mass.score, figures.mass.se, round_code, figures.n)
    if component == Component.SURVEY:
        if figures.csi is None:
            return None
        return Source(figures.csi, _csi_error(figures), round_code, figures.n)
    overall = figures.overall
    if overall is None or overall.index is None:
        return None
    return Source(overall.index, overall.se, round_code, figures.n)


def _csi_error(figures: Figures) -> float | None:
    scored = [each for each in figures.dimensions.values() if each.importance is not None]
    parts = []
    for each in scored:
        errors = [
            item.se
            for code in each.item_codes
            if (item := figures.items.get(code)) is not None and item.se is not None
        ]
        if errors:
            weight = 1 / len(scored) if each.weight is None else each.weight
            parts.append((weight, sum(errors) / len(errors)))
    total = sum(weight for weight, _ in parts)
    return sum(weight * error for weight, error in parts) / total if total else None


def _add_residents(
    session: Session,
    found: dict[str, Measured],
    component: str,
    round_: Round,
    rules: RuleSet,
    *,
    trial: bool,
) -> None:
    for used in round_.questionnaires:
        form = results.used_questionnaire(session, round_, used.code)
        if role_of(form, rules) != component:
            continue
        released = (
            figures_under(session, round_, used.code, rules)
            if trial
            else results.release_of(session, round_, used.code, Audience.INTERNAL)
        )
        for figures in released:
            if figures.roll_up is not None:
                continue
            each = found.setdefault(figures.target.org_id, Measured())
            source = residents_source(component, figures, round_.code)
            if source is not None:
                each.sources[component] = source
            if component != Component.HCP:
                each.figures = figures


def _add_peers(session: Session, found: dict[str, Measured], round_: Round | None) -> None:
    """Add the mean index of what members said of their committee (B31–B35), five grades each."""
    rules = results.rules_of(round_) if round_ is not None else RuleSet()
    for form, org_id, tally in instances(session, round_, Subject.MEMBERS):
        side = next((item.code for item in form.items if item.scale == SIDES), "")
        given = tally.groups.get(side, {}).get(PEERS, {})
        indices = []
        for item in form.items:
            if item.dimension == LEADERSHIP and item.is_scored:
                counts = given.get(item.code, {})
                graded = grade_tally(counts, points_of(item, rules), least=rules.k_internal)
                if graded is not None:
                    indices.append((graded.index, graded.n))
        if indices and org_id in found and round_ is not None:
            mean = sum(index for index, _ in indices) / len(indices)
            n = min(n for _, n in indices)
            found[org_id].sources[Component.PEER] = Source(mean, None, round_.code, n)


def _add_commitments(session: Session, found: dict[str, Measured], round_: Round | None) -> None:
    for form, org_id, tally in instances(session, round_, Subject.COMMITMENTS):
        ledger = {
            row_key(each.id): ASSESSED.get(each.status)
            for each in session.scalars(select(Commitment).where(Commitment.org_id == org_id))
        }
        counts = []
        for item in form.items:
            if item.dimension != "delivery":
                continue
            commitment = item.code.partition("_")[2]
            asked = tally.items.get(f"G1_{commitment}", {})
            answered = sum(n for code, n in asked.items() if code not in ("", "-"))
            delivery = tally.items.get(item.code, {})
            aware = asked.get(AWARE, 0)
            assessed = ledger.get(commitment)
            counts.append(CommitmentCounts(commitment, answered, aware, delivery, assessed))
        figures = commitment_figures(counts)
        if figures.score is not None and org_id in found and round_ is not None:
            judges = sum(each.judged for each in figures.results if not each.is_assessed)
            n = judges if judges >= results.rules_of(round_).k_internal else None
            found[org_id].sources[Component.COMMIT] = Source(figures.score, None, round_.code, n)


def instances(
    session: Session, round_: Round | None, subject: Subject
) -> list[tuple[Questionnaire, str, Tally]]:
    """Return the form, the organisation and the counts of every object of a pattern."""
    if round_ is None:
        return []
    if not results.is_opened(session, round_):
        raise results.ResultsSealed(round_.code)
    counts = releases.counts_of(session, round_.id)
    found = []
    for point_id, view in points.points_of(session, round_.id).items():
        form = points.questionnaire_of(session, view)
        if form.subject is subject and point_id in counts:
            found.append((form, view.org_id, counts[point_id].official))
    return found
