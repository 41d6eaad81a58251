"""What is asked of the person who looks at an item: the step that leads on, and the others."""

from __future__ import annotations

from dataclasses import dataclass

from survey.rectification.closing import EXPLAINED
from survey.rectification.item import CLOSING_PERCENT, SOLVED_SCORE, Recheck, Verdict
from survey.rectification.refusals import NotInState
from survey.rectification.rules import Offer
from survey.rectification.states import SIDE_LABELS, Act, Need, Side, State, moves_from
from survey.rectification.story import Story
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
        Act.NEXT_STAGE,
    }
)
DANGEROUS = frozenset({Act.VOID, Act.REOPEN, Act.REFUSE, Act.UPHOLD_APPEAL})


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
class Ask:
    """The block at the top: why one may decide now, and the act that leads on, if any."""

    title: str
    text: str
    main: Choice | None
    others: tuple[Choice, ...]


def ask_of(story: Story) -> Ask:
    """Return what is asked of the person who looks, or whom the item waits for."""
    # What the item does not come to at all, such as a second acceptance, is left out.
    result = story.recheck if story.row.state is State.RECHECK else None
    choices = [_choice(o, result) for o in story.moves if not isinstance(o.refusal, NotInState)]
    aside = ASIDE if result is None else ASIDE | {Act.RECORD_RECHECK}
    if not story.needs_recheck:
        aside |= {Act.START_RECHECK}
    main = next((c for c in choices if c.act not in aside and not c.waits), None)
    others = tuple(choice for choice in choices if choice is not main)
    if result is not None:
        return Ask(_verdict(result), _counts(result), main, others)
    if main is None:
        return Ask(_waiting_for(story.row.state), "", None, others)
    return Ask(_("轮到您：%(what)s", what=main.label), _why(main), main, others)


def _choice(offer: Offer, result: Recheck | None) -> Choice:
    move = offer.move
    beyond = move.act is Act.CLOSE and result is not None and result.verdict in EXPLAINED
    return Choice(
        act=move.act,
        to=move.to,
        label=term(move.label, "act"),
        needs=frozenset(move.needs) | ({Need.NOTE} if beyond else set()),
        is_dangerous=move.act in DANGEROUS,
        waits=sentence(offer.refusal) if offer.refusal else "",
    )


def _why(choice: Choice) -> str:
    """Return what to look at before deciding."""
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
        Act.RESUME: _("这一阶段结束后，继续整改。"),
        Act.DISMISS_APPEAL: _("核实申诉，3个工作日内答复。"),
        Act.CLOSE: _("验收已通过，这件不需要再评价，区办可以批准销号。"),
    }
    return texts.get(choice.act, "")


def _verdict(result: Recheck) -> str:
    """Return what a recheck's result allows."""
    texts = {
        Verdict.CLOSE: _("再评价已达到销号条件"),
        Verdict.DISTRICT: _("再评价没有达到销号条件，由区办写明理由决定"),
        Verdict.REOPEN: _("多数群众不同意销号，请复号"),
        Verdict.TWO_VERIFIERS: _("再评价不足10人，要有两位验收员都验收通过"),
    }
    return texts[result.verdict]


def _counts(result: Recheck) -> str:
    """Return a recheck's result in numbers, beside the lines it has to reach."""
    if result.verdict is Verdict.TWO_VERIFIERS:
        return _("参评不足10人，结果不单列")
    counts = _(
        "参评%(n)s人，同意销号%(agree)s人，不同意%(disagree)s人；解决得分%(score)s。",
        n=result.n,
        agree=result.agree,
        disagree=result.disagree,
        score=f"{result.score:.1f}",
    )
    if result.verdict is Verdict.CLOSE:
        return counts + _("两项都达标，区办可以批准销号。")
    return counts + _(
        "销号线是同意%(share)s%%、解决得分%(score)s。",
        share=CLOSING_PERCENT,
        score=SOLVED_SCORE,
    )


def _waiting_for(state: State) -> str:
    """Return who has to act next; a settled item waits for nobody."""
    forward = [move for move in moves_from(state) if move.act not in ASIDE]
    if state is State.CLOSED:
        return _("这件已经销号")
    if not forward:
        return _("这件已经撤销，不再整改")
    people = (side for side in forward[0].by if side is not Side.SYSTEM)
    sides = _("或").join(term(SIDE_LABELS[side]) for side in people)
    return _("现在轮到%(who)s：%(what)s", who=sides, what=term(forward[0].label, "act"))
