"""A rectification item as its page prints it: the ask, the stages, and what residents said."""

from __future__ import annotations

from dataclasses import dataclass

from reports.estimates import wilson
from survey.rectification.item import CLOSING_PERCENT, SOLVED_SCORE, Recheck, Verdict
from survey.rectification.refusals import NotInState
from survey.rectification.rules import Offer
from survey.rectification.states import (
    CLOCK_STOPPED,
    OWNER_WORKS,
    SIDE_LABELS,
    Act,
    Look,
    Need,
    State,
    moves_from,
)
from survey.rectification.story import Story
from survey.rectification.workdays import Deadline, Tone
from survey.web.formats import short_day
from survey.web.texts import sentence, term
from survey.web.texts import text as _

# Ways back or aside: offered below the way on, never as the page's one filled button.
ASIDE = frozenset(
    {
        Act.HAND_BACK,
        Act.APPEAL,
        Act.VOID,
        Act.REJECT,
        Act.SEND_BACK,
        Act.REFUSE,
        Act.REOPEN,
        Act.STAGE,
        Act.REVISE,
        Act.EXPLAIN,
        Act.UPHOLD_APPEAL,
    }
)
DANGEROUS = frozenset({Act.VOID, Act.REOPEN, Act.REFUSE, Act.UPHOLD_APPEAL})
METER_WIDTH = 260


@dataclass(frozen=True)
class Badge:
    """A state: its colour group, its icon and its word."""

    group: str
    icon: str
    text: str


@dataclass(frozen=True)
class Chip:
    """A deadline: how pressing, its icon and its words."""

    kind: str
    icon: str
    text: str


@dataclass(frozen=True)
class Choice:
    """An act that is this person's: its button, what it asks for, and why it must wait, if so."""

    act: Act
    to: State
    label: str
    needs: frozenset[Need]
    is_dangerous: bool
    waits: str


@dataclass(frozen=True)
class Step:
    """One of the stages; `kind` is "past", "now" or empty."""

    name: str
    kind: str
    detail: str


@dataclass(frozen=True)
class Meter:
    """What residents said, with what the bar is drawn from; lengths in pixels."""

    share: float
    agree: int
    told: int
    low: float
    high: float
    width: int
    bar: float
    left: float
    right: float
    limit: float


@dataclass(frozen=True)
class Ask:
    """The block at the top: why one may decide now, and the act that leads on, if any."""

    title: str
    text: str
    main: Choice | None
    others: tuple[Choice, ...]


def badge_of(look: Look) -> Badge:
    """Return the badge of a state."""
    return Badge(look.group.value, f"s-{look.icon}", term(look.label, "state"))


def chip_of(deadline: Deadline) -> Chip | None:
    """Return the chip of a deadline, or None where nothing is due."""
    kinds = {
        Tone.CALM: ("ok", "d-soon"),
        Tone.SOON: ("soon", "d-soon"),
        Tone.LATE: ("late", "d-late"),
        Tone.PAUSED: ("ok", "s-pause"),
    }
    if deadline.tone not in kinds:
        return None
    kind, icon = kinds[deadline.tone]
    return Chip(kind, icon, _words_of(deadline))


def _words_of(deadline: Deadline) -> str:
    """Return how pressing a deadline is, as `Deadline.words` has it in Chinese."""
    days = abs(deadline.workdays)
    texts = {
        Tone.PAUSED: _("暂停计时"),
        Tone.LATE: _("逾期%(days)s天", days=days),
    }
    left = _("还有%(days)s天", days=days) if days else _("今天到期")
    return texts.get(deadline.tone, left)


def deadline_of(story: Story) -> Deadline:
    """Return the deadline that presses now: the item's own during the work, then the step's."""
    state = story.row.state
    return story.row.deadline if state in OWNER_WORKS | CLOCK_STOPPED else story.step


def ask_of(story: Story) -> Ask:
    """Return what is asked of the person who looks, or whom the item waits for."""
    # What the item does not come to at all, such as a second acceptance, is left out.
    choices = [_choice(o) for o in story.moves if not isinstance(o.refusal, NotInState)]
    main = next((c for c in choices if c.act not in ASIDE and not c.waits), None)
    others = tuple(choice for choice in choices if choice is not main)
    if main is None:
        return Ask(_waiting_for(story.row.state), "", None, others)
    return Ask(_("轮到您：%(what)s", what=main.label), _why(story, main), main, others)


def steps_of(story: Story) -> tuple[Step, ...]:
    """Return the stages with their days; the ones to come say who takes them."""
    who = {"单位审核": _("单位管理员"), "验收": _("验收员"), "销号": _("区办审批")}
    return tuple(
        Step(
            name=term(stage.label, "stage"),
            kind="now" if stage.is_current else "past" if stage.is_done else "",
            detail=short_day(stage.on)
            if stage.on
            else ""
            if stage.is_done
            else who.get(stage.label, ""),
        )
        for stage in story.stages
    )


def warning_of(story: Story) -> str:
    """Return what to know about the deadline where holidays are not known; empty otherwise."""
    if not story.unknown_years:
        return ""
    years = _("、").join(_("%(year)s年", year=year) for year in story.unknown_years)
    return _("%(years)s的放假安排还没有导入，期限先按周末推算", years=years)


def meter_of(result: Recheck | None) -> Meter | None:
    """Return the bar of a recheck's result; None without one, or where nobody said yes or no."""
    if result is None or result.agreement is None:
        return None
    told = result.agree + result.disagree
    interval = wilson(result.agree, told)
    return Meter(
        share=result.agreement,
        agree=result.agree,
        told=told,
        low=interval.low,
        high=interval.high,
        width=METER_WIDTH,
        bar=round(result.agreement * METER_WIDTH, 1),
        left=round(interval.low * METER_WIDTH, 1),
        right=round(interval.high * METER_WIDTH, 1),
        limit=CLOSING_PERCENT / 100 * METER_WIDTH,
    )


def _choice(offer: Offer) -> Choice:
    move = offer.move
    return Choice(
        act=move.act,
        to=move.to,
        label=term(move.label, "act"),
        needs=frozenset(move.needs),
        is_dangerous=move.act in DANGEROUS,
        waits=sentence(offer.refusal) if offer.refusal else "",
    )


def _why(story: Story, choice: Choice) -> str:
    """Return why this may be decided now, in numbers where there are any."""
    texts = {
        Act.ASSIGN: _("确认由谁整改，再分派出去。"),
        Act.ACCEPT: _("核实情况后受理；受理后5个工作日内写明措施。"),
        Act.PLAN: _("写清楚做什么、谁来做、做到什么程度。"),
        Act.RESTART: _("群众不满意，这件重新整改。请写新的措施。"),
        Act.SUBMIT: _("整改后的照片或材料已经有了，可以申请销号。"),
        Act.CHECK: _("看过措施和材料，认为已经整改到位，就审核通过。"),
        Act.CONFIRM: _("看过解释说明和材料，认为合理，就认可。"),
        Act.VERIFY: _("到现场或看材料验收。谁整改，谁不能验收。"),
        Act.START_RECHECK: _("验收已通过，请群众再评价：群众不满意，不销号。"),
        Act.RECORD_RECHECK: _("再评价结束后，登记参评人数和结果。"),
        Act.ACCEPT_AGAIN: _("再评价不足10人，要有第二位验收员验收。"),
        Act.RESUME: _("这一阶段结束后，继续整改。"),
        Act.DISMISS_APPEAL: _("核实申诉，3个工作日内答复。"),
    }
    if choice.act is not Act.CLOSE:
        return texts.get(choice.act, "")
    result = story.recheck
    if result is None:
        return _("验收已通过，这件不需要再评价，区办可以批准销号。")
    counts = _(
        "参评%(n)s人，同意销号%(agree)s人，不同意%(disagree)s人；解决得分%(score)s。",
        n=result.n,
        agree=result.agree,
        disagree=result.disagree,
        score=f"{result.score:.1f}",
    )
    if result.verdict is Verdict.CLOSE:
        return counts + _("两项都达标，区办可以批准销号。")
    line = _(
        "销号线是同意%(share)s%%、得分%(score)s；由区办写明理由决定。",
        share=CLOSING_PERCENT,
        score=SOLVED_SCORE,
    )
    return counts + line


def _waiting_for(state: State) -> str:
    """Return who has to act next; a settled item waits for nobody."""
    forward = [move for move in moves_from(state) if move.act not in ASIDE]
    if state is State.CLOSED:
        return _("这件已经销号")
    if not forward:
        return _("这件已经撤销，不再整改")
    sides = _("或").join(term(SIDE_LABELS[side]) for side in forward[0].by)
    return _("现在轮到%(who)s：%(what)s", who=sides, what=term(forward[0].label, "act"))
