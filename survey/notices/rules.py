"""Which step of an item tells whom what: one table, and who the people are (domain.md 4.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from survey.accounts.models import Role
from survey.rectification.escalation import ADDRESSEES, Addressee, Notice
from survey.rectification.letters import Letter
from survey.rectification.states import Act

A = Addressee


class NoticeKind(StrEnum):
    """What somebody is told; stored, so a value never changes."""

    REMINDER = "reminder"
    YELLOW = "yellow"
    RED = "red"
    INTERVIEW = "interview"
    RAISED = "raised"
    SUSPECTED = "suspected"
    ASSIGNED = "assigned"
    HANDED_BACK = "handed_back"
    RETURNED = "returned"
    RESUMED = "resumed"
    TO_CHECK = "to_check"
    TO_CONFIRM = "to_confirm"
    TO_VERIFY = "to_verify"
    TO_RECHECK = "to_recheck"
    TO_CLOSE = "to_close"
    ASKED = "asked"
    APPEALED = "appealed"
    ANSWERED = "answered"
    RECHECKED = "rechecked"
    CLOSED = "closed"
    REOPENED = "reopened"
    VOIDED = "voided"


@dataclass(frozen=True)
class Words:
    """How a notice reads: what it is, what to do, and the letter that can be printed with it."""

    title: str
    then: str
    letter: Letter


K, L = NoticeKind, Letter
WORDS: Mapping[NoticeKind, Words] = {
    K.RED: Words("红牌：督办单", "请督促责任单位马上整改；红牌每件扣1分，最多扣5分", L.SUPERVISION),
    K.INTERVIEW: Words("提请约谈", "逾期满10个工作日，请决定约谈", L.INTERVIEW),
    K.SUSPECTED: Words("疑似弄虚作假", "请核实；属实的扣5分", L.SUPERVISION),
    K.YELLOW: Words("黄牌：提醒函", "已经逾期，请抓紧整改或申请延期", L.REMINDER),
    K.RAISED: Words("提级办理", "复号两次，由区办验收", L.SUPERVISION),
    K.REOPENED: Words("复号，重新整改", "请重新写措施，开始整改", L.ORDER),
    K.RETURNED: Words("被退回", "请看退回的理由，继续整改", L.ORDER),
    K.REMINDER: Words("快到期了", "请按时整改，申请销号", L.REMINDER),
    K.ASSIGNED: Words("派给您的问题", "请在2个工作日内受理", L.ORDER),
    K.HANDED_BACK: Words("责任单位退回分派", "请重新分派", L.ORDER),
    K.RESUMED: Words("阶段到期", "请报阶段结果，继续整改", L.ORDER),
    K.TO_CHECK: Words("申请销号", "请在3个工作日内审核", L.CLOSURE),
    K.TO_CONFIRM: Words("解释说明", "请认可或退回", L.CLOSURE),
    K.TO_VERIFY: Words("等您验收", "请在5个工作日内验收", L.CLOSURE),
    K.TO_RECHECK: Words("验收通过，要请群众再评价", "请发起再评价", L.CLOSURE),
    K.TO_CLOSE: Words("验收通过，等销号", "请审批销号", L.CLOSURE),
    K.ASKED: Words("责任单位提出申请", "请答复", L.EXTENSION),
    K.APPEALED: Words("提出申诉", "请在3个工作日内决定", L.APPEAL),
    K.ANSWERED: Words("申请有了答复", "请看答复", L.ORDER),
    K.RECHECKED: Words("群众再评价有了结果", "请看结果，该销号的销号", L.CLOSURE),
    K.CLOSED: Words("已销号", "不用再办", L.CLOSURE),
    K.VOIDED: Words("已撤销", "不用再办", L.CLOSURE),
}
"""In the order of a digest: what presses most comes first."""

URGENT = frozenset({K.RED, K.INTERVIEW, K.SUSPECTED})
"""What need not wait for the next digest."""


@dataclass(frozen=True)
class Step:
    """A step of an item as far as it decides who is told."""

    act: Act
    actor: str
    owner_path: str
    needs_recheck: bool = False
    is_raised: bool = False
    extensions: int = 0


@dataclass(frozen=True)
class Telling:
    """A notice, and those it is for."""

    kind: NoticeKind
    to: tuple[Addressee, ...]


def _card(kind: NoticeKind) -> Telling:
    return Telling(kind, ADDRESSEES[Notice(kind.value)])


_OWNER, _UNIT, _DISTRICT = (A.OWNER,), (A.UNIT,), (A.DISTRICT,)
_BOTH = (A.OWNER, A.UNIT)
TELLINGS: Mapping[Act, Telling] = {
    Act.REMIND: _card(K.REMINDER),
    Act.YELLOW_CARD: _card(K.YELLOW),
    Act.RED_CARD: _card(K.RED),
    Act.PROPOSE_INTERVIEW: _card(K.INTERVIEW),
    Act.RAISE: _card(K.RAISED),
    Act.SUSPECT: _card(K.SUSPECTED),
    Act.ASSIGN: Telling(K.ASSIGNED, _OWNER),
    Act.HAND_BACK: Telling(K.HANDED_BACK, _UNIT),
    Act.SEND_BACK: Telling(K.RETURNED, _OWNER),
    Act.REFUSE: Telling(K.RETURNED, _BOTH),
    Act.REJECT: Telling(K.RETURNED, _OWNER),
    Act.RESUME: Telling(K.RESUMED, _OWNER),
    Act.SUBMIT: Telling(K.TO_CHECK, _UNIT),
    Act.EXPLAIN: Telling(K.TO_CONFIRM, _UNIT),
    Act.CHECK: Telling(K.TO_VERIFY, (A.VERIFIER,)),
    Act.ASK: Telling(K.ASKED, _UNIT),
    Act.APPEAL: Telling(K.APPEALED, _DISTRICT),
    Act.DISMISS_APPEAL: Telling(K.ANSWERED, _BOTH),
    Act.EXTEND: Telling(K.ANSWERED, _OWNER),
    Act.STAGE: Telling(K.ANSWERED, _OWNER),
    Act.DECLINE: Telling(K.ANSWERED, _OWNER),
    Act.RECORD_RECHECK: Telling(K.RECHECKED, (A.UNIT, A.DISTRICT)),
    Act.CLOSE: Telling(K.CLOSED, _BOTH),
    Act.REOPEN: Telling(K.REOPENED, _BOTH),
    Act.VOID: Telling(K.VOIDED, _OWNER),
    Act.UPHOLD_APPEAL: Telling(K.VOIDED, _BOTH),
}
"""Other acts tell nobody: whoever has to act next is told by the step before, or did it."""
ACCEPTANCE = frozenset({Act.VERIFY, Act.CONFIRM})
TOLD_OF = frozenset(TELLINGS) | ACCEPTANCE


def telling_of(step: Step) -> Telling | None:
    """Return who is told what of a step; None when nobody is."""
    if step.act in ACCEPTANCE:
        if step.needs_recheck:
            return Telling(K.TO_RECHECK, _UNIT)
        return Telling(K.TO_CLOSE, _DISTRICT)
    found = TELLINGS.get(step.act)
    if found is None:
        return None
    if step.act is Act.ASK and step.extensions:
        return Telling(found.kind, _DISTRICT)
    if step.act is Act.CHECK and step.is_raised:
        return Telling(found.kind, _DISTRICT)
    return found


@dataclass(frozen=True)
class Holder:
    """An account and a role that it holds at a place."""

    account_id: int
    name: str
    role: Role
    org_id: str
    org_path: str


def recipients(step: Step, to: Iterable[Addressee], holders: Sequence[Holder]) -> list[Holder]:
    """Return each person to be told once, in the first role that makes it theirs.

    Whoever took the step knows of it. Where nobody holds the role, the office above is told: what
    is due to somebody never reaches nobody while there is anybody.
    """
    found: dict[int, Holder] = {}
    for addressee in to:
        for each in _reached(addressee, step.owner_path, holders):
            if each.name != step.actor:
                found.setdefault(each.account_id, each)
    return list(found.values())


def _reached(addressee: Addressee, path: str, holders: Sequence[Holder]) -> list[Holder]:
    roles, is_wanted, instead = _WAYS[addressee]
    mine = [h for h in holders if h.role in roles and is_wanted(h.org_path, path)]
    if mine:
        nearest = max(len(h.org_path) for h in mine)
        return [h for h in mine if len(h.org_path) == nearest]
    return _reached(instead, path, holders) if instead else []


def _is_own(place: str, path: str) -> bool:
    return place == path


def _is_above(place: str, path: str) -> bool:
    return path.startswith(place) and place != path


def _reaches(place: str, path: str) -> bool:
    return path.startswith(place)


_WAYS: Mapping[Addressee, tuple[frozenset[Role], Callable[[str, str], bool], Addressee | None]] = {
    A.OWNER: (frozenset({Role.BRANCH_SECRETARY, Role.WINDOW_MANAGER}), _is_own, A.UNIT),
    A.UNIT: (frozenset({Role.UNIT_ADMIN}), _reaches, A.DISTRICT),
    # The unit's secretary, where one signs in; else whoever hands the printed order over.
    A.SECRETARY: (frozenset({Role.BRANCH_SECRETARY}), _is_above, A.UNIT),
    A.VERIFIER: (frozenset({Role.VERIFIER}), _reaches, A.DISTRICT),
    A.GROUP: (frozenset({Role.APPROVER}), _reaches, A.DISTRICT),
    A.SUPERVISOR: (frozenset({Role.SUPERVISOR}), _reaches, A.DISTRICT),
    A.DISTRICT: (frozenset({Role.DISTRICT_ADMIN}), _reaches, None),
}
