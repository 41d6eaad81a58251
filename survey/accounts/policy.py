"""Who may do what, and where: one table of roles and acts (domain.md 4.3 and 7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from survey.accounts.models import Role
from survey.errors import NotAllowed, NotFound


class Action(StrEnum):
    """An act that a right is needed for."""

    SEE_ORGANISATIONS = "see_organisations"
    IMPORT_ORGANISATIONS = "import_organisations"
    SEE_MEMBERS = "see_members"
    SEE_QUESTIONNAIRES = "see_questionnaires"
    IMPORT_QUESTIONNAIRES = "import_questionnaires"
    EDIT_QUESTIONNAIRES = "edit_questionnaires"
    SEE_RULES = "see_rules"
    EDIT_RULES = "edit_rules"
    APPROVE_RULES = "approve_rules"
    SEE_ROUNDS = "see_rounds"
    RUN_ROUNDS = "run_rounds"
    SEE_PARTICIPATION = "see_participation"
    PRINT_POSTERS = "print_posters"
    SEE_TICKETS = "see_tickets"
    ISSUE_TICKETS = "issue_tickets"
    APPROVE_TICKETS = "approve_tickets"
    KEY_PAPER = "key_paper"
    SEE_RESULTS = "see_results"
    SEE_REPORTS = "see_reports"
    EDIT_WORDING = "edit_wording"
    PROPOSE_WORDING = "propose_wording"
    SEE_RECTIFICATION = "see_rectification"
    REGISTER_ITEMS = "register_items"
    OWN_ITEMS = "own_items"
    ACCEPT_ITEMS_ON_BEHALF = "accept_items_on_behalf"
    CHECK_ITEMS = "check_items"
    VERIFY_ITEMS = "verify_items"
    START_RECHECK = "start_recheck"
    REOPEN_ITEMS = "reopen_items"
    EXTEND_ITEMS = "extend_items"
    CLOSE_ITEMS = "close_items"
    SEE_INSPECTIONS = "see_inspections"
    ASSIGN_INSPECTIONS = "assign_inspections"
    INSPECT = "inspect"
    DECIDE_VETOES = "decide_vetoes"
    SEE_REVIEWS = "see_reviews"
    REVIEW = "review"
    SEE_RATINGS = "see_ratings"
    SCORE_RATINGS = "score_ratings"
    PROPOSE_RATINGS = "propose_ratings"
    APPROVE_RATINGS = "approve_ratings"
    NOMINATE_AWARDS = "nominate_awards"
    SEE_INDICATORS = "see_indicators"
    EDIT_INDICATORS = "edit_indicators"
    ENTER_INDICATORS = "enter_indicators"
    CHECK_INDICATORS = "check_indicators"
    SETTLE_INDICATORS = "settle_indicators"
    IMPORT_SOURCES = "import_sources"
    RUN_MEETINGS = "run_meetings"
    PROPOSE_PUBLICATION = "propose_publication"
    APPROVE_PUBLICATION = "approve_publication"
    REQUEST_ROWS = "request_rows"
    ALLOW_ROWS = "allow_rows"
    MANAGE_ACCOUNTS = "manage_accounts"
    SEE_AUDIT = "see_audit"
    CALL_BACK = "call_back"
    SUPERVISE = "supervise"


_READ = frozenset(
    {
        Action.SEE_ORGANISATIONS,
        Action.SEE_QUESTIONNAIRES,
        Action.SEE_RULES,
        Action.SEE_ROUNDS,
        Action.SEE_PARTICIPATION,
        Action.SEE_RESULTS,
        Action.SEE_REPORTS,
        Action.SEE_RECTIFICATION,
        Action.SEE_INSPECTIONS,
        Action.SEE_REVIEWS,
        Action.SEE_TICKETS,
        Action.SEE_RATINGS,
        Action.SEE_INDICATORS,
    }
)
_OWNER = _READ | {
    Action.SEE_MEMBERS,
    Action.PRINT_POSTERS,
    Action.OWN_ITEMS,
    Action.ENTER_INDICATORS,
    Action.RUN_MEETINGS,
    Action.PROPOSE_WORDING,
}

RIGHTS: dict[Role, frozenset[Action]] = {
    Role.DISTRICT_ADMIN: _READ
    | {
        Action.IMPORT_ORGANISATIONS,
        Action.SEE_MEMBERS,
        Action.IMPORT_QUESTIONNAIRES,
        Action.EDIT_QUESTIONNAIRES,
        Action.EDIT_RULES,
        Action.RUN_ROUNDS,
        Action.PRINT_POSTERS,
        Action.ISSUE_TICKETS,
        Action.APPROVE_TICKETS,
        Action.KEY_PAPER,
        Action.REGISTER_ITEMS,
        Action.CHECK_ITEMS,
        Action.VERIFY_ITEMS,
        Action.START_RECHECK,
        Action.REOPEN_ITEMS,
        Action.EXTEND_ITEMS,
        Action.CLOSE_ITEMS,
        Action.ASSIGN_INSPECTIONS,
        Action.DECIDE_VETOES,
        Action.SCORE_RATINGS,
        Action.PROPOSE_RATINGS,
        Action.NOMINATE_AWARDS,
        Action.EDIT_INDICATORS,
        Action.ENTER_INDICATORS,
        Action.CHECK_INDICATORS,
        Action.IMPORT_SOURCES,
        Action.RUN_MEETINGS,
        Action.EDIT_WORDING,
        Action.PROPOSE_WORDING,
        Action.PROPOSE_PUBLICATION,
        Action.MANAGE_ACCOUNTS,
        Action.SEE_AUDIT,
        Action.CALL_BACK,
    },
    Role.UNIT_ADMIN: _READ
    | {
        Action.SEE_MEMBERS,
        Action.PRINT_POSTERS,
        Action.ISSUE_TICKETS,
        Action.KEY_PAPER,
        Action.REGISTER_ITEMS,
        Action.ACCEPT_ITEMS_ON_BEHALF,
        Action.CHECK_ITEMS,
        Action.START_RECHECK,
        Action.REOPEN_ITEMS,
        Action.EXTEND_ITEMS,
        Action.ENTER_INDICATORS,
        Action.CHECK_INDICATORS,
        Action.NOMINATE_AWARDS,
        Action.RUN_MEETINGS,
        Action.EDIT_WORDING,
        Action.PROPOSE_WORDING,
        Action.MANAGE_ACCOUNTS,
        Action.CALL_BACK,
    },
    Role.BRANCH_SECRETARY: _OWNER,
    Role.WINDOW_MANAGER: _OWNER,
    Role.VERIFIER: frozenset(
        {
            Action.SEE_ORGANISATIONS,
            Action.SEE_RULES,
            Action.SEE_ROUNDS,
            Action.SEE_RECTIFICATION,
            Action.VERIFY_ITEMS,
            Action.REOPEN_ITEMS,
        }
    ),
    Role.INSPECTOR: frozenset(
        {
            Action.SEE_ORGANISATIONS,
            Action.SEE_QUESTIONNAIRES,
            Action.SEE_ROUNDS,
            Action.INSPECT,
        }
    ),
    Role.LEADER: frozenset(
        {
            Action.SEE_ORGANISATIONS,
            Action.SEE_QUESTIONNAIRES,
            Action.SEE_RULES,
            Action.SEE_ROUNDS,
            Action.SEE_RESULTS,
            Action.SEE_REPORTS,
            Action.SEE_RECTIFICATION,
            Action.REVIEW,
            Action.SEE_RATINGS,
            Action.SEE_INDICATORS,
        }
    ),
    Role.ANALYST: _READ | {Action.SCORE_RATINGS, Action.IMPORT_SOURCES, Action.REQUEST_ROWS},
    Role.APPROVER: frozenset(
        {
            Action.SEE_ORGANISATIONS,
            Action.SEE_RULES,
            Action.SEE_ROUNDS,
            Action.SEE_PARTICIPATION,
            Action.SEE_RESULTS,
            Action.SEE_REPORTS,
            Action.SEE_RECTIFICATION,
            Action.SEE_RATINGS,
            Action.APPROVE_RULES,
            Action.APPROVE_RATINGS,
            Action.APPROVE_PUBLICATION,
            Action.ALLOW_ROWS,
            Action.SEE_INDICATORS,
            Action.SETTLE_INDICATORS,
        }
    ),
    Role.SUPERVISOR: _READ - {Action.SEE_QUESTIONNAIRES, Action.SEE_PARTICIPATION}
    | {Action.SEE_AUDIT, Action.SUPERVISE},
}


@dataclass(frozen=True)
class Grant:
    """A role held at the organisation whose path is `org_path`, and below."""

    role: Role
    org_id: str
    org_path: str


@dataclass(frozen=True)
class Actor:
    """Who acts: an account with its grants, the operator at the command line, or the system.

    The system sees every rectification item and takes the steps that their table gives it.
    """

    name: str
    display_name: str
    grants: tuple[Grant, ...] = ()
    account_id: int | None = None
    is_operator: bool = False
    is_system: bool = False

    def roles_at(self, org_path: str) -> frozenset[Role]:
        """Return the roles held at `org_path` or above it."""
        return frozenset(g.role for g in self.grants if org_path.startswith(g.org_path))

    def scopes(self, action: Action) -> tuple[str, ...]:
        """Return the paths of the subtrees where `action` is allowed; ("",) means everywhere."""
        if self.is_operator:
            return ("",)
        if self.is_system:
            return ("",) if action is Action.SEE_RECTIFICATION else ()
        return tuple(g.org_path for g in self.grants if action in RIGHTS[g.role])


OPERATOR = Actor("operator", "操作员", is_operator=True)
SYSTEM = Actor("system", "系统", is_system=True)


def may(actor: Actor, action: Action, org_path: str | None = None) -> bool:
    """Whether `actor` may do `action` at `org_path`, or, without a path, anywhere at all."""
    scopes = actor.scopes(action)
    if org_path is None:
        return bool(scopes)
    return any(org_path.startswith(scope) for scope in scopes)


def require(actor: Actor, action: Action, org_path: str | None = None) -> None:
    """Refuse unless `actor` may do `action` there.

    Raises:
        NotFound: the organisation lies outside every subtree the actor sees; whether it exists
            is not told.
        NotAllowed: the actor sees it, and the act belongs to somebody else.
    """
    if may(actor, action, org_path):
        return
    if org_path is not None and not may(actor, Action.SEE_ORGANISATIONS, org_path):
        raise NotFound("没有找到这个单位", "There is no such organisation")
    raise NotAllowed(
        "这一步不在您的权限内，请联系上级管理员",
        "This step belongs to somebody else; ask the office above",
    )
