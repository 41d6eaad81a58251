"""Everything that somebody outside needs to check a round, and nothing about a small group."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import rules
from survey.audit.models import AuditEntry
from survey.campaigns.models import CollectionMode, Round
from survey.collection import board, points, reconciliation
from survey.collection.hashes import listed, ordered
from survey.collection.leaves import leaves_of, target_leaf, targets_root
from survey.collection.models import Box, PaperIssued, UsedCredential
from survey.collection.points import PointView
from survey.collection.verification import FORGETTING_ACT, MERGING_ACT, OPENING_ACT

REPORTS_ACT = "reports.build"
RELEASE_ACTS = (
    "round.release",
    "round.notice",
    "round.publish",
    "round.archive",
    "round.withdraw",
)
"""What was let out of a round, under which digest, when, and whether it was taken back."""

PUBLISHED_ACTS = (
    OPENING_ACT,
    MERGING_ACT,
    FORGETTING_ACT,
    "box.destroy_key",
    REPORTS_ACT,
    *RELEASE_ACTS,
)
"""Acts about a round that are published whole; of every other entry its hashes alone."""


def bundle_of(session: Session, round_: Round, shown: Collection[int]) -> dict[str, Any]:
    """Return what `tools/verify_round.py` checks, beside the lists of `board`.

    Answers are hashes with random ids in them, which nobody can find by trying. Targets with
    fewer than k answers, and those whose number would give theirs away, appear as such a hash,
    without name or number.

    Args:
        session: to read by.
        round_: with an opened box.
        shown: the points whose number of answers everybody may know, as `results.shown_points`
            has them.

    Raises:
        NothingCounted: no box is opened yet.
    """
    index = board.index_of(session, round_)
    views = points.points_of(session, round_.id)
    k = rules.from_data(round_.rules).k_public
    named = {point_id: views[point_id] for point_id in shown}
    boxes = board.opened_boxes(session, round_)
    return {
        **index,
        "title": round_.title,
        "k": k,
        "counts": _counts(session, round_, views),
        "boxes": [_box(session, box, views, named, k) for box in boxes],
        "chain": list(_chain(session, round_)),
        "anchor": anchor_of(session, round_),
    }


def anchor_of(session: Session, round_: Round) -> str:
    """Return what is printed on paper of a round: the hash of the act that opened its last box.

    Whoever rewrites the record of acts cannot rewrite the paper. Empty before the first opening.
    """
    query = (
        select(AuditEntry.hash)
        .where(AuditEntry.act == OPENING_ACT, AuditEntry.subject == round_.code)
        .order_by(AuditEntry.id.desc())
    )
    return session.scalar(query.limit(1)) or ""


def _counts(session: Session, round_: Round, views: dict[int, PointView]) -> dict[str, Any]:
    used = session.scalar(select(func.count()).where(UsedCredential.round_id == round_.id))
    forgotten = session.scalar(
        select(AuditEntry.id).where(
            AuditEntry.act == FORGETTING_ACT, AuditEntry.subject == round_.code
        )
    )
    tickets = reconciliation.of_round(session, round_.id)
    paper = select(func.sum(PaperIssued.keyed_count), func.sum(PaperIssued.count)).where(
        PaperIssued.point_id.in_(views)
    )
    keyed, declared = session.execute(paper).one()
    by_tickets = bool(views) and all(v.mode == CollectionMode.TICKET for v in views.values())
    return {
        "credentials": None if forgotten else used,
        "by_tickets": by_tickets,
        "tickets_used": tickets.used,
        "paper": keyed or 0,
        "issued": tickets.issued + (declared or 0) if by_tickets else None,
    }


def _box(
    session: Session,
    box: Box,
    views: dict[int, PointView],
    named: dict[int, PointView],
    k: int,
) -> dict[str, Any]:
    leaves = leaves_of(session, box.id, with_point=box.targets_root is None)
    codes = {each: views[each].code if each in views else "" for each in leaves}
    plain = {
        each: target_leaf(codes[each], mine.answers, mine.leaves) for each, mine in leaves.items()
    }
    is_plain = box.targets_root == targets_root(plain.values())
    shown, hidden, hidden_leaves = [], [], []
    for point_id, mine in sorted(leaves.items()):
        view = named.get(point_id)
        each_leaf = [leaf.hex() for leaf in listed(ordered(mine.leaves))]
        if view is None or mine.answers < k:
            target = plain[point_id] if is_plain else mine.target(codes[point_id])
            hidden.append((target.hex(), mine.answers))
            hidden_leaves += each_leaf
            continue
        shown.append(
            {
                "code": view.code,
                "org": view.org_id,
                "name": view.org_short_name,
                "questionnaire": view.questionnaire_code,
                "answers": mine.answers,
                "issued": _issued(session, view),
                "leaves": each_leaf,
                "blind": "" if is_plain else mine.blind,
            }
        )
    return {
        "label": box.label,
        "kind": box.kind,
        "answers": box.answer_count,
        "unreadable": box.unreadable_count,
        "repeated": box.repeated_count or 0,
        "receipts_root": box.receipts_root,
        "content_root": box.content_root,
        "targets_root": box.targets_root,
        "targets": shown,
        "others": {
            "answers": sum(answers for _, answers in hidden),
            "targets": sorted(target for target, _ in hidden),
            "leaves": sorted(hidden_leaves),
        },
    }


def _issued(session: Session, view: PointView) -> int | None:
    """Return how many people could answer for a target; None where anybody could."""
    if view.mode != CollectionMode.TICKET:
        return None
    tickets = reconciliation.by_point(session, view.round_id).get(view.id)
    paper = session.get(PaperIssued, view.id)
    return (tickets.issued if tickets else 0) + ((paper.count or 0) if paper else 0)


def _chain(session: Session, round_: Round) -> Iterator[dict[str, Any]]:
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        links = {"id": entry.id, "previous": entry.previous_hash, "hash": entry.hash}
        if entry.subject == round_.code and entry.act in PUBLISHED_ACTS:
            links |= {
                "at": entry.at.astimezone(UTC).isoformat(),
                "actor": entry.actor,
                "act": entry.act,
                "subject": entry.subject,
                "data": entry.data,
            }
        yield links
