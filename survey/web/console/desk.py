"""What waits for whoever is signed in, item by item: one's own by urgency, others' to decide on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts.policy import Action, may
from survey.errors import SurveyError
from survey.rectification import bulk, follow_ups, queries
from survey.rectification.item import EvidenceKind
from survey.rectification.queries import File, ItemRow, Pile
from survey.rectification.states import Side, State
from survey.rectification.workdays import Tone
from survey.web.console import item_page
from survey.web.console.item_page import Badge, Chip
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.policies import policy
from survey.web.texts import sentence, term
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("desk", __name__, url_prefix="/rectification/desk")
SEE = Action.SEE_RECTIFICATION
FEW = 5
"""How many items to look at again stand here; all of them are on a page of their own."""
BULK = {"assign": "assign", "check": "check", "accept_for": "accept"}
"""Which duties may be done for many items at once, and as which step of `bulk.STEPS`."""


@dataclass(frozen=True)
class Entry:
    """An item on the desk, and what its owner does next."""

    row: ItemRow
    badge: Badge
    chip: Chip | None
    next: str
    place: str
    is_at_once: bool
    files: tuple[File, ...]


@dataclass(frozen=True)
class Section:
    """Items with one thing to do; `step` is that of many at once, empty where there is none."""

    key: str
    title: str
    hint: str
    button: str
    step: str
    entries: tuple[Entry, ...]
    total: int


@bp.get("/")
@policy(SEE)
def show() -> ResponseReturnValue:
    """Show what waits for the actor."""
    return _page()


@bp.post("/")
@policy(SEE)
def decide() -> ResponseReturnValue:
    """Take what was ticked the same step, and say of each item what became of it."""
    step, picks = request.form.get("step", ""), tuple(_picks())
    try:
        with transaction() as session:
            outcomes = bulk.take_many(session, actor(), step, picks, now=clock.now())
    except SurveyError as refused:
        return _page(sentence(refused), refused.status)
    return _page(outcomes=outcomes, step=step)


def _picks() -> Iterator[bulk.Pick]:
    """Yield what was ticked: a number and a revision, with a colon between."""
    for value in dict.fromkeys(request.form.getlist("pick")):
        number, _colon, revision = value.partition(":")
        if revision.isdigit() and len(revision) < 10:
            yield bulk.Pick(number[:20], int(revision))


def _page(
    refused: str = "",
    status: int = 200,
    *,
    outcomes: tuple[bulk.Outcome, ...] = (),
    step: str = "",
) -> ResponseReturnValue:
    with reading() as session:
        now = clock.now()
        piles = queries.piles_of(session, actor(), now=now)
        sees_again = may(actor(), Action.VERIFY_ITEMS)
        again = follow_ups.tasks(session, actor(), now=now) if sees_again else []
        rows = [row for pile in piles for row in pile.rows]
        files = queries.files_of(session, [row.number for row in rows])
        own = [pile for pile in piles if pile.side is Side.OWNER]
        mine = sorted(
            (_entry(row, files) for pile in own for row in pile.rows),
            key=lambda entry: (entry.row.due_on, entry.row.number),
        )
        done = {"assign": _("已分派"), "accept": _("已受理"), "check": _("已审核通过")}
        return page(
            session,
            "console/desk.html",
            refused=refused,
            mine=mine,
            late=sum(task.deadline.tone is Tone.LATE for task in again)
            + sum(row.deadline.tone is Tone.LATE for row in rows),
            again=[(task, item_page.chip_of(task.deadline)) for task in again[:FEW]],
            more_again=len(again),
            beyond=sum(pile.total - len(pile.rows) for pile in own),
            sections=[_section(pile, files) for pile in piles if pile.side is not Side.OWNER],
            outcomes=[
                (each.number, sentence(each.refusal) if each.refusal else "") for each in outcomes
            ],
            done_word=done.get(step, ""),
            kept={value.partition(":")[0] for value in request.form.getlist("pick")},
        ), status


def _entry(row: ItemRow, files: dict[str, list[File]]) -> Entry:
    held = tuple(files.get(row.number, ()))
    text, place = _next(row.state, held)
    return Entry(
        row=row,
        badge=item_page.badge_of(row.look),
        chip=item_page.chip_of(row.deadline),
        next=text,
        place=place,
        is_at_once=row.state is State.ASSIGNED,
        files=held,
    )


def _next(state: State, files: tuple[File, ...]) -> tuple[str, str]:
    """Return what the owner does next, and where on the page of the item."""
    if state is State.ASSIGNED:
        return _("受理"), "ask"
    if state in (State.ACCEPTED, State.REOPENED):
        return _("写措施"), "ask"
    if any(file.kind is not EvidenceKind.BEFORE for file in files):
        return _("申请销号"), "ask"
    return _("拍照片"), "evidence"


def _section(pile: Pile, files: dict[str, list[File]]) -> Section:
    hints = {
        "assign": _("看清该由谁整改；要换责任单位的，点进去改。"),
        "check": _("看过措施和材料再勾；有疑问的点进去退回，写明理由。"),
        "accept_for": _("责任单位两个工作日没有受理的，可以代为受理。"),
        "verify": _("验收要逐件办，填验收单。外出验收请用“我的验收”，没有信号也能用。"),
        "close": _("销号要逐件批。"),
    }
    buttons = {
        "assign": _("分派勾选的"),
        "check": _("通过勾选的"),
        "accept_for": _("代为受理勾选的"),
    }
    return Section(
        key=pile.key,
        title=term(pile.label),
        hint=hints.get(pile.key, ""),
        button=buttons.get(pile.key, ""),
        step=BULK.get(pile.key, ""),
        entries=tuple(_entry(row, files) for row in pile.rows),
        total=pile.total,
    )
