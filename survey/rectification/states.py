"""The states of a rectification item and every way between them, as tables (domain.md 4.2, 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from survey.accounts.models import Role
from survey.accounts.policy import Action


class State(StrEnum):
    """Where an item stands."""

    NEW = "new"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    UNIT_CHECKED = "unit_checked"
    VERIFIED = "verified"
    RECHECK = "recheck"
    CLOSED = "closed"
    REOPENED = "reopened"
    EXPLAINED = "explained"
    APPEAL = "appeal"
    LONGTERM = "longterm"
    VOID = "void"


class Group(StrEnum):
    """Which of the four colours of look.md 6 a state wears."""

    WAITING = "a"
    IN_WORK = "b"
    CHECKING = "c"
    SETTLED = "d"


class Side(StrEnum):
    """A party to an item."""

    OWNER = "owner"
    UNIT = "unit"
    VERIFIER = "verifier"
    DISTRICT = "district"
    SYSTEM = "system"


class Need(StrEnum):
    """What an act must be given; `EVIDENCE` lies with the item before the act."""

    NOTE = "note"
    MEASURES = "measures"
    EVIDENCE = "evidence"
    RECHECK = "recheck"
    STAGES = "stages"
    SHEET = "sheet"


class Act(StrEnum):
    """What was done to an item; the name a transition is stored under."""

    REGISTER = "register"
    IMPORT = "import"
    REPORT_AGAIN = "report_again"
    ASSIGN = "assign"
    HAND_BACK = "hand_back"
    ACCEPT = "accept"
    APPEAL = "appeal"
    DISMISS_APPEAL = "dismiss_appeal"
    UPHOLD_APPEAL = "uphold_appeal"
    VOID = "void"
    PLAN = "plan"
    REVISE = "revise"
    EXPLAIN = "explain"
    CONFIRM = "confirm"
    REJECT = "reject"
    SUBMIT = "submit"
    STAGE = "stage"
    RESUME = "resume"
    CHECK = "check"
    SEND_BACK = "send_back"
    VERIFY = "verify"
    REFUSE = "refuse"
    START_RECHECK = "start_recheck"
    RECORD_RECHECK = "record_recheck"
    ACCEPT_AGAIN = "accept_again"
    CLOSE = "close"
    REOPEN = "reopen"
    RESTART = "restart"
    NEXT_STAGE = "next_stage"
    CLASSIFY = "classify"
    EXTEND = "extend"
    ASK = "ask"
    DECLINE = "decline"
    SATISFIED = "called_back_satisfied"
    DISSATISFIED = "called_back_dissatisfied"
    UNREACHED = "called_back_in_vain"
    SUSPECT = "suspect"
    CONFIRM_SUSPICION = "confirm_suspicion"
    CLEAR_SUSPICION = "clear_suspicion"
    FOLLOW_UP = "follow_up"
    REMIND = "remind"
    YELLOW_CARD = "yellow_card"
    RED_CARD = "red_card"
    PROPOSE_INTERVIEW = "propose_interview"
    RAISE = "raise"


class Source(StrEnum):
    """Where a problem came from (domain.md 4.1)."""

    LOW_SCORE = "low_score"
    IPA_Q2 = "ipa_q2"
    HCP_BAD = "hcp_bad"
    COMMENT = "comment"
    CONSULT = "consult"
    SPOT_CHECK = "spot_check"
    LEADER_REVIEW = "leader_review"
    COMMITMENT = "commitment"
    AWARENESS = "awareness"
    OBJECTION = "objection"
    MANUAL = "manual"


@dataclass(frozen=True)
class Look:
    """How a state is shown: words, colour group, and the icon `s-<icon>` of the console's set."""

    label: str
    group: Group
    icon: str


LOOKS: dict[State, Look] = {
    State.NEW: Look("待分派", Group.WAITING, "new"),
    State.ASSIGNED: Look("待受理", Group.WAITING, "assigned"),
    State.REOPENED: Look("复号", Group.WAITING, "reopened"),
    State.ACCEPTED: Look("已受理", Group.IN_WORK, "accepted"),
    State.IN_PROGRESS: Look("整改中", Group.IN_WORK, "progress"),
    State.LONGTERM: Look("长期坚持", Group.IN_WORK, "pause"),
    State.APPEAL: Look("申诉复核", Group.IN_WORK, "pause"),
    State.SUBMITTED: Look("已申请销号", Group.CHECKING, "check"),
    State.UNIT_CHECKED: Look("单位审核通过", Group.CHECKING, "check"),
    State.EXPLAINED: Look("已解释说明", Group.CHECKING, "check"),
    State.VERIFIED: Look("验收通过", Group.CHECKING, "check"),
    State.RECHECK: Look("群众再评价中", Group.CHECKING, "people"),
    State.CLOSED: Look("已销号", Group.SETTLED, "closed"),
    State.VOID: Look("撤销", Group.SETTLED, "void"),
}

SETTLED_STATES = frozenset({State.CLOSED, State.VOID})
OPEN_STATES = frozenset(State) - SETTLED_STATES
CLOCK_STOPPED = frozenset({State.APPEAL, State.LONGTERM})
OWNER_WORKS = frozenset(
    {State.NEW, State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS, State.REOPENED}
)
"""The states in which the item's own deadline runs; later ones have the limit of their step."""

STEP_WORKDAYS: dict[State, int] = {
    State.NEW: 1,
    State.ASSIGNED: 2,
    State.ACCEPTED: 5,
    State.SUBMITTED: 3,
    State.EXPLAINED: 3,
    State.UNIT_CHECKED: 5,
    State.RECHECK: 5,
    State.APPEAL: 3,
}
"""Working days that whoever must act has, from entering the state (domain.md 4.4)."""

SIDES: dict[Role, Side] = {
    Role.BRANCH_SECRETARY: Side.OWNER,
    Role.WINDOW_MANAGER: Side.OWNER,
    Role.UNIT_ADMIN: Side.UNIT,
    Role.VERIFIER: Side.VERIFIER,
    Role.DISTRICT_ADMIN: Side.DISTRICT,
}
SIDE_LABELS: dict[Side, str] = {
    Side.OWNER: "责任单位",
    Side.UNIT: "单位管理员",
    Side.VERIFIER: "验收员",
    Side.DISTRICT: "区办",
    Side.SYSTEM: "系统",
}
SOURCE_LABELS: dict[Source, str] = {
    Source.LOW_SCORE: "低分题",
    Source.IPA_Q2: "四象限优先整改区",
    Source.HCP_BAD: "差评",
    Source.COMMENT: "群众意见",
    Source.CONSULT: "征求意见",
    Source.SPOT_CHECK: "抽查发现",
    Source.LEADER_REVIEW: "领导点评",
    Source.COMMITMENT: "承诺逾期或未兑现",
    Source.AWARENESS: "承诺知晓率低",
    Source.OBJECTION: "公示异议成立",
    Source.MANUAL: "上级交办",
}
DEFAULT_WORKDAYS: dict[Source, int] = {
    Source.LOW_SCORE: 15,
    Source.IPA_Q2: 15,
    Source.HCP_BAD: 5,
    Source.COMMENT: 15,
    Source.CONSULT: 15,
    Source.SPOT_CHECK: 10,
    Source.LEADER_REVIEW: 30,
    Source.COMMITMENT: 15,
    Source.AWARENESS: 10,
    Source.OBJECTION: 10,
    Source.MANUAL: 15,
}


@dataclass(frozen=True)
class Move:
    """One way from a state to a state, or within one.

    `label` is the button, `done` the line in the item's story. A person may take it who holds one
    of `rights` in a role that is on one of the sides `by`. `handles` marks the owner's own work;
    `independent` marks acceptance, which nobody may do who worked on the item.
    """

    act: Act
    origin: State
    to: State
    label: str
    done: str
    rights: tuple[Action, ...]
    by: tuple[Side, ...]
    needs: tuple[Need, ...] = ()
    handles: bool = False
    independent: bool = False


_OWN = (Action.OWN_ITEMS, Action.ACCEPT_ITEMS_ON_BEHALF)
_OWN_BY = (Side.OWNER, Side.UNIT)
_VERIFY = (Action.VERIFY_ITEMS,)
_VERIFY_BY = (Side.VERIFIER, Side.DISTRICT)
_CHECK = (Action.CHECK_ITEMS,)
_ABOVE = (Side.UNIT, Side.DISTRICT)
_CLOSE = (Action.CLOSE_ITEMS,)
_DISTRICT = (Side.DISTRICT,)
_UNIT_CLOSES = (Action.CLOSE_ITEMS, Action.CHECK_ITEMS)
_REOPEN_BY = (Side.UNIT, Side.VERIFIER, Side.DISTRICT, Side.SYSTEM)
S, A, N = State, Act, Need

MOVES: tuple[Move, ...] = (
    Move(
        A.ASSIGN, S.NEW, S.ASSIGNED, "分派", "分派",
        (Action.REGISTER_ITEMS,), (*_ABOVE, Side.SYSTEM),
    ),
    Move(A.VOID, S.NEW, S.VOID, "撤销", "撤销", _CLOSE, _DISTRICT, (N.NOTE,)),
    Move(
        A.HAND_BACK, S.ASSIGNED, S.NEW, "不归我们，退回分派", "退回分派",
        (Action.OWN_ITEMS,), (Side.OWNER,), (N.NOTE,),
    ),
    Move(A.ACCEPT, S.ASSIGNED, S.ACCEPTED, "受理", "受理", _OWN, _OWN_BY, handles=True),
    Move(
        A.APPEAL, S.ASSIGNED, S.APPEAL, "申诉", "提出申诉",
        (Action.ACCEPT_ITEMS_ON_BEHALF,), (Side.UNIT,), (N.NOTE,),
    ),
    Move(
        A.APPEAL, S.ACCEPTED, S.APPEAL, "申诉", "提出申诉",
        (Action.ACCEPT_ITEMS_ON_BEHALF,), (Side.UNIT,), (N.NOTE,),
    ),
    Move(
        A.DISMISS_APPEAL, S.APPEAL, S.ACCEPTED, "申诉不成立，继续办理", "申诉不成立",
        _CLOSE, _DISTRICT, (N.NOTE,),
    ),
    Move(
        A.UPHOLD_APPEAL, S.APPEAL, S.VOID, "申诉成立，撤销", "申诉成立，撤销",
        _CLOSE, _DISTRICT, (N.NOTE,),
    ),
    Move(
        A.PLAN, S.ACCEPTED, S.IN_PROGRESS, "填写措施", "填写措施，开始整改",
        _OWN, _OWN_BY, (N.MEASURES,), handles=True,
    ),
    Move(
        A.REVISE, S.IN_PROGRESS, S.IN_PROGRESS, "修改措施", "修改措施",
        _OWN, _OWN_BY, (N.MEASURES,), handles=True,
    ),
    Move(
        A.EXPLAIN, S.ACCEPTED, S.EXPLAINED, "解释说明", "解释说明",
        (Action.OWN_ITEMS,), (Side.OWNER,), (N.NOTE, N.EVIDENCE), handles=True,
    ),
    Move(
        A.CONFIRM, S.EXPLAINED, S.VERIFIED, "认可解释", "认可解释说明",
        _CHECK, _ABOVE, independent=True,
    ),
    Move(
        A.REJECT, S.EXPLAINED, S.IN_PROGRESS, "退回整改", "解释说明被退回",
        _CHECK, _ABOVE, (N.NOTE,),
    ),
    Move(
        A.SUBMIT, S.IN_PROGRESS, S.SUBMITTED, "申请销号", "申请销号",
        (Action.OWN_ITEMS,), (Side.OWNER,), (N.EVIDENCE,), handles=True,
    ),
    Move(
        A.STAGE, S.IN_PROGRESS, S.LONGTERM, "转为长期坚持", "转为长期坚持",
        (Action.EXTEND_ITEMS,), _DISTRICT, (N.NOTE, N.STAGES),
    ),
    Move(
        A.NEXT_STAGE, S.IN_PROGRESS, S.LONGTERM, "阶段目标达到，进入下一阶段",
        "阶段目标达到，进入下一阶段", (Action.EXTEND_ITEMS,), _ABOVE, (N.EVIDENCE,),
    ),
    Move(
        A.RESUME, S.LONGTERM, S.IN_PROGRESS, "继续整改", "阶段到期，继续整改",
        (*_OWN, Action.EXTEND_ITEMS), (Side.OWNER, Side.UNIT, Side.DISTRICT, Side.SYSTEM),
    ),
    Move(A.CHECK, S.SUBMITTED, S.UNIT_CHECKED, "审核通过", "单位审核通过", _CHECK, _ABOVE),
    Move(
        A.SEND_BACK, S.SUBMITTED, S.IN_PROGRESS, "退回", "单位退回", _CHECK, _ABOVE, (N.NOTE,)
    ),
    Move(
        A.VERIFY, S.UNIT_CHECKED, S.VERIFIED, "验收通过", "验收通过",
        _VERIFY, _VERIFY_BY, (N.SHEET,), independent=True,
    ),
    Move(
        A.REFUSE, S.UNIT_CHECKED, S.IN_PROGRESS, "验收不通过，退回", "验收不通过",
        _VERIFY, _VERIFY_BY, (N.NOTE,), independent=True,
    ),
    Move(
        A.START_RECHECK, S.VERIFIED, S.RECHECK, "发起再评价", "发起群众再评价",
        (Action.START_RECHECK,), (*_ABOVE, Side.SYSTEM),
    ),
    Move(
        A.RECORD_RECHECK, S.RECHECK, S.RECHECK, "登记再评价结果", "登记再评价结果",
        _CLOSE, (*_DISTRICT, Side.SYSTEM), (N.RECHECK,),
    ),
    Move(
        A.ACCEPT_AGAIN, S.RECHECK, S.RECHECK, "第二人验收通过", "第二人验收通过",
        _VERIFY, _VERIFY_BY, (N.SHEET,), independent=True,
    ),
    Move(
        A.CLOSE, S.VERIFIED, S.CLOSED, "批准销号", "销号", _UNIT_CLOSES, (*_DISTRICT, Side.UNIT)
    ),
    Move(A.CLOSE, S.RECHECK, S.CLOSED, "批准销号", "销号", _CLOSE, (*_DISTRICT, Side.SYSTEM)),
    Move(
        A.REOPEN, S.RECHECK, S.REOPENED, "复号", "复号",
        (Action.REOPEN_ITEMS,), _REOPEN_BY, (N.NOTE,),
    ),
    Move(
        A.REOPEN, S.CLOSED, S.REOPENED, "复号", "复号",
        (Action.REOPEN_ITEMS,), _REOPEN_BY, (N.NOTE,),
    ),
    Move(
        A.RESTART, S.REOPENED, S.IN_PROGRESS, "重新整改", "重新整改",
        _OWN, _OWN_BY, (N.MEASURES,), handles=True,
    ),
)  # fmt: skip

DONE: dict[Act, str] = {
    Act.REGISTER: "挂号",
    Act.IMPORT: "由台账导入",
    Act.REPORT_AGAIN: "再次反映",
    Act.EXTEND: "延期",
    Act.CLASSIFY: "定性",
    Act.ASK: "提出申请",
    Act.DECLINE: "申请没有同意",
    Act.SATISFIED: "回访：满意",
    Act.DISSATISFIED: "回访：不满意",
    Act.UNREACHED: "回访：没有联系上",
    Act.SUSPECT: "疑似弄虚作假，转纪检监督",
    Act.CONFIRM_SUSPICION: "弄虚作假属实",
    Act.CLEAR_SUSPICION: "弄虚作假不属实",
    Act.FOLLOW_UP: "回头看：没有反弹",
    Act.REMIND: "到期前提醒",
    Act.YELLOW_CARD: "黄牌：提醒函",
    Act.RED_CARD: "红牌：督办单",
    Act.PROPOSE_INTERVIEW: "提请约谈",
    Act.RAISE: "提级办理",
    **{move.act: move.done for move in MOVES},
}
"""The line that an act has in an item's story."""

HANDLING = frozenset(move.act for move in MOVES if move.handles)
ACCEPTING = frozenset(move.act for move in MOVES if move.independent)


def moves_from(state: State) -> tuple[Move, ...]:
    """Return every way out of `state`, and within it, in the order of the table."""
    return tuple(move for move in MOVES if move.origin is state)


def moves_between(origin: State, to: State) -> tuple[Move, ...]:
    """Return the ways from `origin` to `to`; more than one only within a state."""
    return tuple(move for move in MOVES if move.origin is origin and move.to is to)
