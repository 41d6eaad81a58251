"""What stands beside one object's figures in its report, loaded for one audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import select

from forms.definition import Subject
from reports import surroundings as texts
from reports.alongside import (
    Alongside,
    Before,
    Grades,
    Inspected,
    MemberLine,
    Promise,
    Reviewed,
    Topic,
)
from reports.checklist import score_checklist
from reports.commitments import CommitmentCounts, CommitmentResult, commitment_figures
from reports.figures import Figures
from reports.member_votes import GRADES, excellent_limit
from reports.rules import SIDES
from reports.tally import Tally
from reports.veiling import threshold
from survey.accounts.models import Role
from survey.accounts.policy import Actor
from survey.campaigns.models import Round
from survey.campaigns.targets import row_key
from survey.comments.service import confirmed_of
from survey.inspections.models import Inspection, InspectionState, InspectionTask
from survey.inspections.reviews import problems as named_problems
from survey.inspections.reviews import reviews_of
from survey.inspections.rounds import FormKind, named_forms
from survey.org.models import Commitment, Organisation
from survey.publication import companions
from survey.publication.companions import View
from survey.publication.recalling import recalled_of
from survey.ratings.components import ASSESSED, AWARE, instances
from survey.ratings.readings import Judged, lines_of
from survey.rectification.workdays import local_date
from survey.results import comparing
from survey.results import service as results
from survey.results.members import MASS, MEMBER, PEER, graded_rows

STATUS_WORDS = {
    "completed": "已兑现",
    "partly": "部分兑现",
    "in_progress": "正在办理",
    "overdue": "逾期未兑现",
}
PRAISE = "I20"
MEMBER_READERS = frozenset({Role.BRANCH_SECRETARY, Role.UNIT_ADMIN})
"""Who may see how single members were graded (domain.md 2.6 and 7): the branch and its unit."""


def alongside_of(view: View, org: Organisation, figures: Figures, questionnaire: str) -> Alongside:
    """Return what stands beside an object; nothing beside one that may not be shown."""
    if not figures.is_shown:
        return Alongside()
    kept, score = promises_of(view, org.id)
    judged = companions.judged_of(view).judged.get(org.id, Judged())
    rules = results.rules_of(view.round)
    return Alongside(
        before=before_of(view, figures, questionnaire),
        topics=topics_of(view, org.id, figures),
        grades=grades_of(view, org.id),
        promises=kept,
        promise_score=score,
        lines=() if view.is_public else lines_of(figures, judged, rules),
        reviewed=None if view.is_public else reviewed_of(view, org.id, judged),
        inspected=inspected_of(view, org.id, judged),
        ratings=companions.ratings_of(view).get(org.id),
        cases=org.annual_cases,
        recalled=recalled_of(view, org.id, figures, questionnaire),
    )


def before_of(view: View, figures: Figures, questionnaire: str) -> Before | None:
    """Return the object in the round before; None where no round was."""
    comparison = companions.comparison_of(view, questionnaire)
    if comparison.before is None:
        return None
    title, org_id = comparison.before.title, figures.target.org_id
    if comparison.refused:
        return Before(title, tuple(each.zh for each in comparison.refused))
    earlier = comparison.earlier.get(org_id)
    if earlier is None or not earlier.is_shown:
        return Before(title)
    score = comparison.scores.get(org_id)
    changed = comparing.items_changed(comparison, figures, view.round)
    return Before(
        title,
        figures=earlier,
        score=score.score if score else None,
        items=changed.items if changed else (),
    )


def topics_of(view: View, org_id: str, figures: Figures) -> tuple[Topic, ...] | None:
    """Return the confirmed topics; None where too few answered for anybody to read them."""
    confirmed = confirmed_of(view.session, view.round, org_id)
    rules = results.rules_of(view.round)
    if not confirmed:
        return ()
    if (figures.n or 0) < rules.k_public:
        return None
    k = threshold(rules, view.audience)
    return tuple(
        Topic(each.label, each.summary, each.count if each.count >= k else None, each.item_number)
        for each in confirmed
    )


def grades_of(view: View, org_id: str) -> Grades | None:
    """Return how a branch's members were graded, all together; None where nobody asked."""
    for round_ in companions.counted_rounds(view, Subject.MEMBERS):
        found = view.kept(("grades", round_.id), partial(_grades_in, view, round_))
        if org_id in found:
            return found[org_id]
    return None


def _grades_in(view: View, round_: Round) -> dict[str, Grades]:
    k = threshold(results.rules_of(round_), view.audience)
    found = {}
    for form, org_id, tally in instances(view.session, round_, Subject.MEMBERS):
        rows = [item.code for item in form.items if item.dimension == MEMBER]
        side = next((item.code for item in form.items if item.scale == SIDES), "")
        # With few members the sum over all of them would come near to single results.
        few = view.is_public and len(rows) < k
        peer, mass = (
            None if few else _summed(tally, side, people, rows, k) for people in (PEER, MASS)
        )
        if view.is_public:
            peer, mass = (_unless_unanimous(each) for each in (peer, mass))
        found[org_id] = Grades(round_.title, len(rows), peer, mass, excellent_limit(len(rows)))
    return found


def _summed(
    tally: Tally, side: str, people: str, rows: list[str], k: int
) -> Mapping[str, int] | None:
    """Return grade → ballots over all members; None where few graded one of them."""
    given = tally.groups.get(side, {}).get(people, {})
    counts = [{grade: given.get(row, {}).get(grade, 0) for grade in GRADES} for row in rows]
    if not counts or min(sum(each.values()) for each in counts) < k:
        return None
    return {grade: sum(each[grade] for each in counts) for grade in GRADES}


def _unless_unanimous(counts: Mapping[str, int] | None) -> Mapping[str, int] | None:
    """Return the counts unless all ballots gave the same grade, which would tell each of them."""
    if counts is None or max(counts.values()) == sum(counts.values()):
        return None
    return counts


def with_members(
    view: View, actor: Actor, org: Organisation, grades: Grades | None
) -> Grades | None:
    """Return the grades with a row for each member, for the branch and its unit alone."""
    if grades is None or view.is_public or not may_see_members(actor, org):
        return grades
    for round_ in companions.counted_rounds(view, Subject.MEMBERS):
        if org.id not in view.kept(("grades", round_.id), partial(_grades_in, view, round_)):
            continue
        lines = tuple(
            MemberLine(
                row["name"],
                row["peer"]["index"] if row["peer"] else None,
                row["mass"]["index"] if row["mass"] else None,
                row["combined"],
                row["needs_review"],
            )
            for row in graded_rows(view.session, round_, org.id)
        )
        return replace(grades, lines=lines)
    return grades


def may_see_members(actor: Actor, org: Organisation) -> bool:
    """Whether `actor` is of the branch itself or of its unit, not of the district."""
    return any(
        grant.role in MEMBER_READERS
        and org.path.startswith(grant.org_path)
        and grant.org_path.count("/") > 1
        for grant in actor.grants
    )


def promises_of(view: View, org_id: str) -> tuple[tuple[Promise, ...], float | None]:
    """Return an organisation's public promises of the year, and its 承诺兑现得分."""
    judged: Judgements = {}
    score: float | None = None
    for round_ in companions.counted_rounds(view, Subject.COMMITMENTS):
        measured = view.kept(("promises", round_.id), partial(_promises_in, view, round_))
        if org_id in measured:
            judged, score = measured[org_id]
            break
    k = threshold(results.rules_of(view.round), view.audience)
    ledger = ledger_of(view)
    return tuple(
        _promise(view, each, judged.get(row_key(each.id)), k) for each in ledger.get(org_id, ())
    ), score


def ledger_of(view: View) -> dict[str, list[Commitment]]:
    """Return the public promises of the round's year, by organisation."""
    return view.kept("ledger", lambda: _ledger(view))


def _ledger(view: View) -> dict[str, list[Commitment]]:
    query = (
        select(Commitment)
        .where(Commitment.year == view.round.closes_at.year, Commitment.is_public)
        .order_by(Commitment.org_id, Commitment.seq, Commitment.id)
    )
    found: dict[str, list[Commitment]] = {}
    for each in view.session.scalars(query):
        found.setdefault(each.org_id, []).append(each)
    return found


Judgements = dict[str, tuple[CommitmentResult, int, int]]


def _promises_in(view: View, round_: Round) -> dict[str, tuple[Judgements, float | None]]:
    status = {
        row_key(each.id): ASSESSED.get(each.status)
        for each in view.session.scalars(select(Commitment))
    }
    found: dict[str, tuple[Judgements, float | None]] = {}
    for form, org_id, tally in instances(view.session, round_, Subject.COMMITMENTS):
        counts = []
        for item in form.items:
            if item.dimension != "delivery":
                continue
            code = item.code.partition("_")[2]
            asked = tally.items.get(f"G1_{code}", {})
            answered = sum(n for answer, n in asked.items() if answer not in ("", "-"))
            delivery = tally.items.get(item.code, {})
            counts.append(
                CommitmentCounts(code, answered, asked.get(AWARE, 0), delivery, status.get(code))
            )
        figures = commitment_figures(counts)
        by_code = {
            each.commitment_id: (each, count.aware, count.respondents)
            for each, count in zip(figures.results, counts, strict=True)
        }
        found[org_id] = (by_code, figures.score)
    return found


def _promise(
    view: View, each: Commitment, judged: tuple[CommitmentResult, int, int] | None, k: int
) -> Promise:
    promise = Promise(
        each.content,
        each.due_on,
        STATUS_WORDS.get(each.status, "未登记"),
        each.status == "completed",
        each.status == "overdue",
    )
    if judged is None:
        return promise
    result, aware, asked = judged
    base = results.rules_of(view.round).unanimity_base
    hidden = asked < k or (view.is_public and asked < base and aware in (0, asked))
    return replace(
        promise,
        aware=None if hidden else aware,
        asked=None if hidden else asked,
        delivery=None if hidden and not result.is_assessed else result.delivery,
        is_assessed=result.is_assessed,
    )


def reviewed_of(view: View, org_id: str, judged: Judged) -> Reviewed | None:
    """Return what leaders wrote of an object; None where none reviewed it."""
    round_ = companions.judged_of(view).review
    if round_ is None or not judged.leader:
        return None
    strengths: list[str] = []
    problems: list[str] = []
    for form in named_forms(view.session, FormKind.REVIEW, round_):
        for review in reviews_of(view.session, form, org_id, until=companions.cut_off(view)):
            problems += named_problems(form.questionnaire, review.answers)
            strengths += str(review.answers.get(PRAISE) or "").splitlines()
    score = sum(each.score for each in judged.leader) / len(judged.leader)
    return Reviewed(score, len(judged.leader), texts.texts(strengths), texts.texts(problems))


def inspected_of(view: View, org_id: str, judged: Judged) -> Inspected | None:
    """Return what a confirmed inspection found; None where there was none."""
    round_ = companions.judged_of(view).inspection
    if round_ is None or not judged.inspection:
        return None
    for form in named_forms(view.session, FormKind.INSPECTION, round_):
        query = (
            select(Inspection)
            .join(InspectionTask, InspectionTask.id == Inspection.task_id)
            .where(
                InspectionTask.round_questionnaire_id == form.used.id,
                InspectionTask.org_id == org_id,
                Inspection.state == InspectionState.CONFIRMED,
                Inspection.submitted_at <= companions.cut_off(view),
            )
            .order_by(Inspection.id.desc())
        )
        inspection = view.session.scalars(query).first()
        if inspection is None:
            continue
        result = score_checklist(form.questionnaire, inspection.answers)
        found = [
            str(inspection.answers.get(f"{point.item.code}_d") or "")
            for point in result.points
            if point.share is not None and point.share < 1
        ]
        if result.score is not None:
            day = local_date(inspection.submitted_at)
            return Inspected(result.score, day, texts.texts(found))
    return None
