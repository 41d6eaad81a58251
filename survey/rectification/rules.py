"""May this person do this now, and what does it change: pure answers (domain.md 4.3, 4.4, 4.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from survey.accounts.models import Role
from survey.accounts.policy import RIGHTS, Action, Actor, may
from survey.errors import NotAllowed, NotFound, SurveyError
from survey.rectification import refusals
from survey.rectification.closing import closing_needs_reason, few_until, is_small, not_closable
from survey.rectification.item import (
    PASSING_SCORE,
    EvidenceKind,
    ItemView,
    Recheck,
    Sheet,
    StageGoal,
    Step,
)
from survey.rectification.states import (
    CLOCK_STOPPED,
    LOOKS,
    SETTLED_STATES,
    SIDE_LABELS,
    SIDES,
    Act,
    Move,
    Need,
    Side,
    State,
    moves_between,
    moves_from,
)
from survey.rectification.workdays import (
    Calendar,
    add_workdays,
    local_date,
    reopened_workdays,
    workdays_between,
)

REOPENING_DAYS = 90
APPEAL_WORKDAYS = 3
NOTICE_WORKDAYS = 5
OWNER_UPLOADS = frozenset(
    {State.ACCEPTED, State.IN_PROGRESS, State.LONGTERM, State.REOPENED, State.EXPLAINED}
)
_OWN = (Action.OWN_ITEMS, Action.ACCEPT_ITEMS_ON_BEHALF)
_ABOVE = (Action.CHECK_ITEMS, Action.VERIFY_ITEMS)


@dataclass(frozen=True)
class Given:
    """What comes with an act; empty where nothing was given."""

    note: str = ""
    measures: str = ""
    recheck: Recheck | None = None
    stage_on: date | None = None
    stages: tuple[StageGoal, ...] = ()
    sheet: Sheet | None = None

    @property
    def plan(self) -> tuple[StageGoal, ...]:
        """The stages of a long-term plan; `stage_on` alone is one, whose goal is the note."""
        if self.stages or self.stage_on is None:
            return self.stages
        return (StageGoal(self.note, self.stage_on),)


@dataclass(frozen=True)
class Offer:
    """An act that is this person's to do, and why it cannot be done yet, if so."""

    move: Move
    refusal: SurveyError | None


def role_for(item: ItemView, actor: Actor, move: Move) -> Role | None:
    """Return the role in which `actor` may take `move` on `item`; None when in no role."""
    for grant in actor.grants:
        reaches = item.org_path.startswith(grant.org_path)
        entitled = not RIGHTS[grant.role].isdisjoint(move.rights)
        side = SIDES.get(grant.role)
        if reaches and entitled and side in move.by and _is_theirs(item, side, move):
            return grant.role
    return None


def _is_theirs(item: ItemView, side: Side | None, move: Move) -> bool:
    """Whether a side of the move may take it on this item: two steps change hands."""
    if move.act is Act.CLOSE and side is Side.UNIT:
        return item.may_unit_close
    if item.is_raised and side is Side.VERIFIER:
        return not move.independent
    return True


def permitted(item: ItemView, actor: Actor, move: Move, *, today: date) -> SurveyError | None:
    """Return why `actor` may not take `move` on `item` today, or None when it is allowed.

    What the act must be given is not looked at here; `missing` tells that.
    """
    return (
        unseen(item, actor)
        or _wrong_state(item, move)
        or _not_theirs(item, actor, move)
        or _two_hats(item, actor, move)
        or _not_ripe(item, actor, move, today)
    )


def missing(item: ItemView, move: Move, given: Given, *, today: date) -> SurveyError | None:
    """Return what `given` lacks for `move`, or None when it is complete."""
    if (Need.NOTE in move.needs or closing_needs_reason(item, move)) and not given.note:
        return refusals.ReasonRequired(
            f"“{move.label}”要写明理由", f"{move.act.capitalize()} needs a reason"
        )
    if Need.MEASURES in move.needs and not given.measures:
        return refusals.MeasuresRequired("请写明整改措施", "Write down the measures")
    if Need.STAGES in move.needs and not _are_stages(given.plan, today):
        return refusals.StageDateRequired(
            "请写明每一阶段到哪天，都要在今天以后，一个比一个晚",
            "Give a day after today for each stage to end, each later than the one before",
        )
    if Need.SHEET in move.needs and (refusal := _sheet_refused(given.sheet)):
        return refusal
    if Need.RECHECK in move.needs and not (given.recheck and given.recheck.adds_up):
        return refusals.RecheckFaulty(
            "再评价结果不完整：同意与不同意之和不能超过参评人数，解决得分在0到100之间",
            "Give n, agree, disagree (not above n together) and the solved score, 0 to 100",
        )
    return None


def _are_stages(plan: tuple[StageGoal, ...], today: date) -> bool:
    days = [today, *(stage.due_on for stage in plan)]
    return len(days) > 1 and all(earlier < later for earlier, later in pairwise(days))


def _sheet_refused(sheet: Sheet | None) -> SurveyError | None:
    if sheet is None or not 0 <= sheet.score <= 100:
        return refusals.SheetRequired(
            "请填写验收单：四项各打勾或不打勾，得分在0到100之间",
            "Fill in the acceptance sheet: four ticks or none, and a score of 0 to 100",
        )
    if not sheet.passes:
        return refusals.AcceptanceFailed(
            f"没有勾“问题已按描述解决”，或者不到{PASSING_SCORE}分，不能验收通过，请退回整改",
            f"Not solved as described, or below {PASSING_SCORE} points: send it back",
        )
    return None


def applied(
    item: ItemView, actor: Actor, move: Move, given: Given, *, at: datetime, calendar: Calendar
) -> ItemView:
    """Return `item` after `move`; the caller has made sure that it is permitted and complete."""
    today = local_date(at)
    after = replace(
        item,
        state=move.to,
        measures=given.measures if Need.MEASURES in move.needs else item.measures,
        history=(*item.history, Step(move.act, actor.name, move.origin, move.to, at)),
    )
    if item.state in CLOCK_STOPPED and move.to not in SETTLED_STATES:
        stood_still = workdays_between(calendar, local_date(item.entered_at), today)
        after = replace(after, due_on=add_workdays(calendar, item.due_on, stood_still))
    if move.act is Act.ASSIGN:
        return replace(after, appeal_until=add_workdays(calendar, today, APPEAL_WORKDAYS))
    if move.act is Act.STAGE:
        days = tuple(stage.due_on for stage in given.plan)
        return replace(after, stage_on=days[0], stage_dates=days)
    if move.act is Act.NEXT_STAGE:
        return replace(after, stage_on=item.stage_dates[1], stage_dates=item.stage_dates[1:])
    if move.act is Act.RESUME:
        return replace(after, stage_on=None)
    if move.act is Act.START_RECHECK:
        last = few_until(item.source, today, calendar)
        return replace(after, recheck=None, notice_until=None, few_until=last)
    if move.act is Act.RECORD_RECHECK:
        notice = add_workdays(calendar, today, NOTICE_WORKDAYS) if is_small(given.recheck) else None
        return replace(after, recheck=given.recheck, notice_until=notice)
    if move.act is Act.CLOSE:
        return replace(after, closed_on=today)
    if move.act is Act.REOPEN:
        limit = reopened_workdays(item.limit_workdays)
        return replace(
            after,
            due_on=add_workdays(calendar, today, limit),
            reopen_count=item.reopen_count + 1,
            needs_recheck=True,
            closed_on=None,
            notice_until=None,
        )
    return after


def offers(item: ItemView, actor: Actor, *, today: date) -> tuple[Offer, ...]:
    """Return the acts that are `actor`'s to do on `item` now, those that must wait included."""
    found = ((move, permitted(item, actor, move, today=today)) for move in moves_from(item.state))
    return tuple(
        Offer(move, refusal)
        for move, refusal in found
        if not isinstance(refusal, NotAllowed | NotFound)
    )


def choose_move(item: ItemView, to: State, given: Given) -> Move:
    """Return the move that takes `item` to `to`.

    Raises:
        NotInState: no way leads there from the item's present state.
    """
    found = moves_between(item.state, to)
    if len(found) > 1:
        found = tuple(each for each in found if _suits(item, each, given))
    if found:
        return found[0]
    onward = "、".join(dict.fromkeys(move.label for move in moves_from(item.state))) or "没有"
    here, there = LOOKS[item.state].label, LOOKS[to].label
    raise refusals.NotInState(
        f"这件现在是“{here}”，不能直接变为“{there}”。下一步可以是：{onward}",
        f"An item that is {item.state} cannot become {to}",
    )


def _suits(item: ItemView, move: Move, given: Given) -> bool:
    """Whether a move is the one that was meant, by what was given with it."""
    if move.to is State.LONGTERM:
        return (Need.STAGES in move.needs) == bool(given.plan or not item.stage_dates)
    return (Need.RECHECK in move.needs) == (given.recheck is not None)


def upload_refused(item: ItemView, actor: Actor, kind: EvidenceKind) -> SurveyError | None:
    """Return why `actor` may not add a file of `kind` to `item`, or None when it is allowed."""
    refusal = unseen(item, actor)
    if refusal:
        return refusal
    if item.state in SETTLED_STATES or item.state is State.NEW:
        return refusals.NotInState(
            f"这件现在是“{LOOKS[item.state].label}”，不用再加材料",
            f"An item that is {item.state} takes no files",
        )
    if kind is EvidenceKind.DOCUMENT and _may_any(actor, _ABOVE, item):
        return None
    if not _may_any(actor, _OWN, item):
        return belongs_to((Side.OWNER, Side.UNIT))
    if item.state not in OWNER_UPLOADS:
        here = LOOKS[item.state].label
        return refusals.NotInState(
            f"这件现在是“{here}”，责任单位在受理以后、申请销号以前加材料",
            f"An item that is {item.state} takes no files from its owner",
        )
    return None if kind is EvidenceKind.DOCUMENT else _judge_would_work(item, actor)


def _may_any(actor: Actor, rights: tuple[Action, ...], item: ItemView) -> bool:
    return any(may(actor, right, item.org_path) for right in rights)


def unseen(item: ItemView, actor: Actor) -> SurveyError | None:
    """Return the refusal for whom the item does not exist; None for everybody who sees it."""
    if may(actor, Action.SEE_RECTIFICATION, item.org_path):
        return None
    return NotFound("没有找到这个编号，请核对", "There is no such item")


def _wrong_state(item: ItemView, move: Move) -> SurveyError | None:
    if item.state is move.origin:
        return None
    return refusals.NotInState(
        f"这件现在是“{LOOKS[item.state].label}”，不能{move.label}",
        f"An item that is {item.state} does not take {move.act}",
    )


def _not_theirs(item: ItemView, actor: Actor, move: Move) -> SurveyError | None:
    if actor.is_operator or role_for(item, actor, move):
        return None
    if actor.is_system and Side.SYSTEM in move.by:
        return None
    return belongs_to(move.by, "；谁整改，谁不能验收" if move.independent else "")


def belongs_to(sides: tuple[Side, ...], why: str = "") -> SurveyError:
    """Return the refusal of a step that is another party's."""
    people = (side for side in sides if side is not Side.SYSTEM)
    named = "或".join(SIDE_LABELS[side] for side in people)
    return refusals.NotYourStep(
        f"这一步要由{named}来做{why}", f"This step belongs to: {', '.join(sides)}"
    )


def _two_hats(item: ItemView, actor: Actor, move: Move) -> SurveyError | None:
    """Nobody both puts right and accepts, checks and accepts, or accepts for the own branch."""
    if move.handles:
        return _judge_would_work(item, actor)
    if not move.independent:
        return None
    if actor.name in item.handlers:
        return refusals.SamePerson(
            "这件您办理过；谁整改，谁不能验收。请转给另一位验收员",
            "You worked on this item; somebody else must accept it",
        )
    if actor.name in item.checkers:
        return refusals.SamePerson(
            "这件是您审核的，要由另一个人来验收",
            "You checked it; somebody else must accept it",
        )
    if is_at_home(actor, item.home_paths):
        return refusals.SameBranch(
            "验收员不能来自被验收的支部或窗口。请转给另一位验收员",
            "A verifier may not come from the branch or window that is accepted",
        )
    if move.act is Act.ACCEPT_AGAIN and actor.name in item.acceptors:
        return refusals.SamePerson(
            "您已经验收过，第二次要由另一位验收员来做",
            "You accepted it before; the second acceptance is another verifier's",
        )
    return None


def is_at_home(actor: Actor, homes: Iterable[str]) -> bool:
    """Whether `actor` belongs to those whose place lies at one of these paths, in any role."""
    return any(grant.org_path.startswith(home) for grant in actor.grants for home in homes)


def _judge_would_work(item: ItemView, actor: Actor) -> SurveyError | None:
    if actor.name not in item.judges:
        return None
    return refusals.SamePerson(
        "这件您验收过，不能再由您整改", "You judged this item, so you may not work on it"
    )


def _not_ripe(item: ItemView, actor: Actor, move: Move, today: date) -> SurveyError | None:
    if move.act is Act.HAND_BACK and item.was_handed_back:
        return refusals.HandedBackBefore(
            "已经退回过一次，不能再退。有异议请由单位提出申诉",
            "It was handed back once before; ask the unit to appeal",
        )
    if move.act is Act.SUBMIT and not item.measures:
        return refusals.MeasuresRequired("还没有写整改措施", "The measures are not written yet")
    if Need.EVIDENCE in move.needs and not item.has_proof:
        return refusals.EvidenceRequired(
            "还没有整改后的照片或材料，请至少传一份", "Add at least one file that shows the result"
        )
    if move.act is Act.SUBMIT and item.is_works and not item.has_both_pictures:
        return refusals.EvidenceRequired(
            "这是工程类的整改，要有同一位置整改前、整改后的照片各一张",
            "Works need a picture of before and one of after, from the same place",
        )
    if move.act is Act.APPEAL and item.appeal_until is not None and today > item.appeal_until:
        return refusals.TooLate(
            f"申诉要在收到后{APPEAL_WORKDAYS}个工作日内提出，{item.appeal_until:%Y-%m-%d}已经过了",
            f"An appeal had to come in by {item.appeal_until}",
        )
    if move.act is Act.NEXT_STAGE and len(item.stage_dates) < 2:
        return refusals.NotInState(
            "没有下一阶段了，请申请销号", "There is no further stage; ask to close the item"
        )
    if move.act is Act.ACCEPT_AGAIN and not is_small(item.recheck):
        return refusals.NotInState(
            "再评价不足10人时，才要第二人验收", "Only a recheck with fewer than 10 needs this"
        )
    if move.act is Act.RESUME:
        return _stage_not_due(item, actor, move, today)
    if move.act is Act.REOPEN and not actor.is_system:
        return _too_late(item, today)
    return not_closable(item, today) if move.act is Act.CLOSE else None


def _stage_not_due(item: ItemView, actor: Actor, move: Move, today: date) -> SurveyError | None:
    is_district = actor.is_operator or role_for(item, actor, move) is Role.DISTRICT_ADMIN
    if is_district or item.stage_on is None or today >= item.stage_on:
        return None
    return refusals.StageNotDue(
        f"这一阶段到{item.stage_on:%Y-%m-%d}，到时再继续", f"The stage runs until {item.stage_on}"
    )


def is_reopenable(closed_on: date | None, today: date) -> bool:
    """Whether what was closed on that day may still be reopened; not where the day is unknown."""
    return closed_on is not None and today <= closed_on + timedelta(REOPENING_DAYS)


def _too_late(item: ItemView, today: date) -> SurveyError | None:
    """Refuse to reopen what was closed long ago; imported items may not say when they were."""
    if item.closed_on is None or is_reopenable(item.closed_on, today):
        return None
    return refusals.TooLate(
        f"销号已超过{REOPENING_DAYS}天，请另行挂号",
        f"It was closed more than {REOPENING_DAYS} days ago; register a new item",
    )
