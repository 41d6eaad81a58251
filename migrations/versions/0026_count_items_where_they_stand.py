"""Keep with an item the days its figures ask for; let the database know every state and source

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ITEM = "rectification_item"
DAYS = {
    "assigned_on": ("min", ("assign",)),
    "accepted_on": ("min", ("accept",)),
    "handed_in_on": ("max", ("submit", "explain")),
}
CALLED = ("called_back_satisfied", "called_back_dissatisfied")

STATES = (
    "new", "assigned", "accepted", "in_progress", "submitted", "unit_checked", "verified",
    "recheck", "closed", "reopened", "explained", "appeal", "longterm", "void",
)  # fmt: skip
SOURCES = (
    "low_score", "ipa_q2", "hcp_bad", "comment", "consult", "spot_check", "leader_review",
    "commitment", "awareness", "objection", "manual",
)  # fmt: skip
ACTS = (
    "register", "import", "report_again", "assign", "hand_back", "accept", "appeal",
    "dismiss_appeal", "uphold_appeal", "void", "plan", "revise", "explain", "confirm", "reject",
    "submit", "stage", "resume", "check", "send_back", "verify", "refuse", "start_recheck",
    "record_recheck", "accept_again", "close", "reopen", "restart", "next_stage", "classify",
    "extend", "ask", "decline", "called_back_satisfied", "called_back_dissatisfied",
    "called_back_in_vain", "suspect", "confirm_suspicion", "clear_suspicion", "follow_up",
    "remind", "yellow_card", "red_card", "propose_interview", "raise",
)  # fmt: skip


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{{new}}{column} IN ({', '.join(repr(value) for value in values)})"


RULES = (
    (ITEM, "state_known", _among("state", STATES)),
    (ITEM, "source_known", _among("source", SOURCES)),
    (ITEM, "handling_known", _among("handling", ("", "immediate", "dated", "complex"))),
    (ITEM, "suspicion_known", _among("suspicion", ("", "suspected", "confirmed", "cleared"))),
    (
        ITEM,
        "counts_possible",
        "{new}report_count >= 1 AND {new}reopen_count >= 0 AND {new}extension_count >= 0",
    ),
    (ITEM, "limit_possible", "{new}limit_workdays BETWEEN 1 AND 250"),
    ("transition", "act_known", _among("act", ACTS)),
    (
        "transition",
        "from_state_known",
        f"{{new}}from_state IS NULL OR {_among('from_state', STATES)}",
    ),
    ("transition", "to_state_known", _among("to_state", STATES)),
    ("evidence", "kind_known", _among("kind", ("before", "after", "document"))),
    (
        "item_card",
        "kind_known",
        _among("kind", ("reminder", "yellow", "red", "interview", "raised")),
    ),
    (
        "recheck_window",
        "outcome_known",
        _among(
            "outcome", ("running", "closed", "reopened", "district", "two_verifiers", "stopped")
        ),
    ),
    (
        "contact",
        "result_known",
        _among("result", ("", "satisfied", "dissatisfied", "unreached")),
    ),
)  # fmt: skip


def upgrade() -> None:
    for name in DAYS:
        op.add_column(ITEM, sa.Column(name, sa.Date(), nullable=True))
    op.add_column(
        ITEM,
        sa.Column("is_called_back", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _look_up_days()
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, name, rule in RULES:
        full = f"ck_{table}_{name}"
        if is_postgresql:
            op.create_check_constraint(op.f(full), table, rule.format(new=""))
            continue
        # SQLite adds no rule to a table that others refer to; triggers refuse the same rows.
        for act in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER {full}_{act.lower()} BEFORE {act} ON {table} "
                f"WHEN NOT ({rule.format(new='NEW.')}) "
                f"BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {full}'); END"
            )


def _look_up_days() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for name, (which, acts) in DAYS.items():
        found = f"{which}(at)"
        day = (
            f"CAST({found} AT TIME ZONE 'Asia/Shanghai' AS date)"
            if is_postgresql
            else f"date({found}, '+8 hours')"
        )
        op.execute(f"UPDATE {ITEM} SET {name} = (SELECT {day} {_steps(acts)})")
    op.execute(f"UPDATE {ITEM} SET is_called_back = EXISTS (SELECT 1 {_steps(CALLED)})")


def _steps(acts: tuple[str, ...]) -> str:
    named = ", ".join(repr(act) for act in acts)
    return f"FROM transition WHERE transition.item_id = {ITEM}.id AND act IN ({named})"


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, name, _ in RULES:
        full = f"ck_{table}_{name}"
        if is_postgresql:
            op.drop_constraint(op.f(full), table, type_="check")
            continue
        for act in ("insert", "update"):
            op.execute(f"DROP TRIGGER {full}_{act}")
    for name in ("is_called_back", *reversed(DAYS)):
        op.drop_column(ITEM, name)
