"""The boxes of a round as staff see them: which are sealed, what came of the others."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey import clock
from survey.campaigns.models import Round
from survey.collection import lost_keys
from survey.collection.boxes import UNOPENED, boxes_of, next_opening, opening_time
from survey.collection.bundle import anchor_of
from survey.collection.models import Box, BoxKind, BoxState
from survey.web.formats import moment
from survey.web.platform import platform
from survey.web.texts import text as _


@dataclass(frozen=True)
class BoxLine:
    """One box: its name, the drawing that goes with its state, and what there is to say.

    `roots` are the receipts' and the contents' root, empty before the opening.
    """

    name: str
    drawing: str
    state: str
    detail: str
    roots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Boxes:
    """All boxes of a round, when the next may be opened, and what is printed of it."""

    lines: tuple[BoxLine, ...]
    merged: int
    waiting: int
    next_opening: str
    anchor: str


SHOWN_AHEAD = 2
"""Days to come that are worth a line; a round may have three hundred."""


def boxes_view(session: Session, round_: Round) -> Boxes:
    """Return the boxes of a round, those of later days only as a number."""
    boxes = boxes_of(session, round_.id)
    zone = platform().config.zone
    unopened = [box for box in boxes if box.state in UNOPENED]
    later = {box.id for box in unopened[SHOWN_AHEAD:]}
    upcoming = next_opening(session, round_, zone)
    keystore = platform().keystore
    lost = {box.id for box in lost_keys.lost_boxes(session, round_, keystore, now=clock.now())} - {
        box.id for box in boxes if keystore.is_shared(box.public_key)
    }
    return Boxes(
        lines=tuple(
            _line(round_, box, is_lost=box.id in lost)
            for box in boxes
            if box.state != BoxState.MERGED and box.id not in later
        ),
        merged=sum(box.state == BoxState.MERGED for box in boxes),
        waiting=len(later),
        next_opening=moment(upcoming.astimezone(zone)) if upcoming else "",
        anchor=anchor_of(session, round_),
    )


def _line(round_: Round, box: Box, *, is_lost: bool) -> BoxLine:
    name = name_of(box)
    if is_lost:
        return BoxLine(name, "waiting", _("密钥找不到，打不开"), _("密钥放回原处就能启封"))
    if box.state in UNOPENED:
        at = opening_time(box, round_, platform().config.zone).astimezone(platform().config.zone)
        state = _("封箱中") if box.state == BoxState.SEALED else _("停止收票，待启封")
        return BoxLine(name, "sealed", state, _("%(when)s可以启封", when=moment(at)))
    if box.state == BoxState.ABANDONED:
        return BoxLine(name, "waiting", _("密钥丢失，已作废"), _("答卷已经销毁，谁也没有看过"))
    state = _("已启封，密钥已销毁") if box.state == BoxState.KEY_DESTROYED else _("已启封，待核验")
    answers = (box.answer_count or 0) - (box.repeated_count or 0)
    detail = _("%(count)s份", count=answers)
    if box.unreadable_count:
        detail += _("，其中%(count)s份无法解读", count=box.unreadable_count)
    if box.repeated_count:
        detail += _("，另有%(count)s份跨日重复送达，只计一次", count=box.repeated_count)
    roots = (box.receipts_root or "", box.content_root or "")
    return BoxLine(name, "opened", state, detail, roots)


def name_of(box: Box) -> str:
    """Return what staff call a box."""
    if box.kind == BoxKind.ROUND:
        return str(_("本轮票箱"))
    if box.kind == BoxKind.PAPER:
        return str(_("截止以后补录的纸质票"))
    if box.kind == BoxKind.MONTH:
        return str(_("%(month)s全月", month=box.label))
    return box.label
