"""Keep how items are handled: sheets, stages, requests, follow-ups; a history nobody changes

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ITEM = "rectification_item"
FROZEN = ("transition", "acceptance_sheet")
REFUSAL = "the history of an item is never changed"
TABLES = ("triaged_entry", "follow_up", "follow_up_draw", "item_request", "item_stage")


def upgrade() -> None:
    for column in (
        sa.Column("recheck_told", sa.Integer(), nullable=True),
        sa.Column("recheck_unsolved", sa.Integer(), nullable=True),
        sa.Column("handling", sa.String(12), nullable=False, server_default=""),
        sa.Column("is_works", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("notice_until", sa.Date(), nullable=True),
        sa.Column("precursor", sa.String(20), nullable=False, server_default=""),
        sa.Column("suspicion", sa.String(12), nullable=False, server_default=""),
    ):
        op.add_column(ITEM, column)
    _create_sheets_and_stages()
    _create_requests_and_follow_ups()
    _create_triage()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_history_change() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
        body = "FOR EACH ROW EXECUTE FUNCTION refuse_history_change()"
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table in FROZEN:
        for act in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {body}")


def _create_sheets_and_stages() -> None:
    op.create_table(
        "acceptance_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("transition_id", sa.Integer(), nullable=False),
        sa.Column("is_solved", sa.Boolean(), nullable=False),
        sa.Column("are_measures_done", sa.Boolean(), nullable=False),
        sa.Column("has_no_relapse", sa.Boolean(), nullable=False),
        sa.Column("has_mechanism", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "score BETWEEN 0 AND 100", name=op.f("ck_acceptance_sheet_score_in_range")
        ),
        _key("acceptance_sheet", "transition_id", "transition"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_sheet")),
        sa.UniqueConstraint("transition_id", name=op.f("uq_acceptance_sheet_transition_id")),
    )
    op.create_table(
        "item_stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("goal", sa.String(200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=True),
        _key("item_stage", "item_id", ITEM),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_stage")),
        sa.UniqueConstraint("item_id", "due_on", name=op.f("uq_item_stage_item_id")),
    )


def _create_requests_and_follow_ups() -> None:
    op.create_table(
        "item_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("workdays", sa.Integer(), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("asked_name", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('extension', 'appeal', 'longterm')", name=op.f("ck_item_request_kind_known")
        ),
        sa.CheckConstraint(
            "decided_by = '' OR decided_by = 'operator' OR decided_by <> asked_by",
            name=op.f("ck_item_request_decided_by_another"),
        ),
        sa.CheckConstraint(
            "(is_granted IS NULL) = (decided_by = '')",
            name=op.f("ck_item_request_decided_by_somebody"),
        ),
        _key("item_request", "item_id", ITEM),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_request")),
    )
    op.create_index(op.f("ix_item_request_item_id"), "item_request", ["item_id"])
    op.create_table(
        "follow_up_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.JSON(), nullable=False),
        sa.Column("reopened", sa.JSON(), nullable=False),
        sa.Column("drawn_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_draw")),
        sa.UniqueConstraint("drawn_on", name=op.f("uq_follow_up_draw_drawn_on")),
    )
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("done_by", sa.String(80), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('', 'holds', 'relapsed')", name=op.f("ck_follow_up_outcome_known")
        ),
        _key("follow_up", "draw_id", "follow_up_draw"),
        _key("follow_up", "item_id", ITEM),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("item_id", "cycle", name=op.f("uq_follow_up_item_id")),
    )


def _create_triage() -> None:
    op.create_table(
        "triaged_entry",
        sa.Column("text_id", sa.LargeBinary(16), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("item_number", sa.String(20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('rectify', 'forward', 'answer', 'file')",
            name=op.f("ck_triaged_entry_outcome_known"),
        ),
        sa.CheckConstraint(
            "(outcome = 'rectify') = (item_number <> '')",
            name=op.f("ck_triaged_entry_item_where_rectified"),
        ),
        _key("triaged_entry", "round_id", "round"),
        _key("triaged_entry", "org_id", "organisation"),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_triaged_entry")),
    )
    op.create_index(op.f("ix_triaged_entry_round_id"), "triaged_entry", ["round_id"])


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete="RESTRICT"
    )


def downgrade() -> None:
    for act in ("update", "delete"):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER transition_no_{act} ON transition")
        else:
            op.execute(f"DROP TRIGGER transition_no_{act}")
    for table in (*TABLES, "acceptance_sheet"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_history_change()")
    for name in (
        "suspicion", "precursor", "notice_until", "is_works", "handling",
        "recheck_unsolved", "recheck_told",
    ):
        op.drop_column(ITEM, name)
