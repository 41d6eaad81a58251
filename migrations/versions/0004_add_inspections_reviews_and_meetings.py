"""Inspections, reviews by leaders, and meetings

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

REFUSAL = "a named act is never changed"
FROZEN = ("inspection_draw", "inspection_event", "inspection_photo", "leader_review")
# Of an inspection only the state moves on.
FROZEN_COLUMNS = (
    "id, task_id, answers, digest, got, base, score, has_veto, submitted_by, submitted_at"
)


def upgrade() -> None:
    op.create_table(
        "inspection_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("population", sa.JSON(), nullable=False),
        sa.Column("inspectors", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("drawn_by", sa.String(length=80), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_questionnaire_id"],
            ["round_questionnaire.id"],
            name=op.f("fk_inspection_draw_round_questionnaire_id_round_questionnaire"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_draw")),
    )
    op.create_index(
        op.f("ix_inspection_draw_round_questionnaire_id"),
        "inspection_draw",
        ["round_questionnaire_id"],
        unique=False,
    )
    op.create_table(
        "leader_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("round_questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("signed_name", sa.String(length=80), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_leader_review_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["organisation.id"],
            name=op.f("fk_leader_review_org_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_leader_review_round_id_round"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["round_questionnaire_id"],
            ["round_questionnaire.id"],
            name=op.f("fk_leader_review_round_questionnaire_id_round_questionnaire"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leader_review")),
        sa.UniqueConstraint(
            "round_questionnaire_id",
            "org_id",
            "account_id",
            "revision",
            name=op.f("uq_leader_review_round_questionnaire_id"),
        ),
    )
    op.create_index(
        op.f("ix_leader_review_account_id"), "leader_review", ["account_id"], unique=False
    )
    op.create_index(op.f("ix_leader_review_org_id"), "leader_review", ["org_id"], unique=False)
    op.create_index(op.f("ix_leader_review_round_id"), "leader_review", ["round_id"], unique=False)
    op.create_table(
        "inspection_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("round_questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=True),
        sa.Column("assigned_by", sa.String(length=80), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id"],
            ["inspection_draw.id"],
            name=op.f("fk_inspection_task_draw_id_inspection_draw"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["first_id"],
            ["account.id"],
            name=op.f("fk_inspection_task_first_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["organisation.id"],
            name=op.f("fk_inspection_task_org_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_inspection_task_round_id_round"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["round_questionnaire_id"],
            ["round_questionnaire.id"],
            name=op.f("fk_inspection_task_round_questionnaire_id_round_questionnaire"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["second_id"],
            ["account.id"],
            name=op.f("fk_inspection_task_second_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_task")),
        sa.UniqueConstraint(
            "round_questionnaire_id",
            "org_id",
            name=op.f("uq_inspection_task_round_questionnaire_id"),
        ),
    )
    op.create_index(
        op.f("ix_inspection_task_first_id"), "inspection_task", ["first_id"], unique=False
    )
    op.create_index(op.f("ix_inspection_task_org_id"), "inspection_task", ["org_id"], unique=False)
    op.create_index(
        op.f("ix_inspection_task_round_id"), "inspection_task", ["round_id"], unique=False
    )
    op.create_index(
        op.f("ix_inspection_task_second_id"), "inspection_task", ["second_id"], unique=False
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("witnesses", sa.String(length=160), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=True),
        sa.Column("announced", sa.String(length=16), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=80), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("heads > 0", name=op.f("ck_meeting_somebody_came")),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["collection_point.id"],
            name=op.f("fk_meeting_point_id_collection_point"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_index(
        "uq_meeting_point_id",
        "meeting",
        ["point_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "inspection",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("got", sa.Double(), nullable=False),
        sa.Column("base", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("has_veto", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submitted_by"],
            ["account.id"],
            name=op.f("fk_inspection_submitted_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["inspection_task.id"],
            name=op.f("fk_inspection_task_id_inspection_task"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    op.create_index(
        op.f("ix_inspection_submitted_by"), "inspection", ["submitted_by"], unique=False
    )
    op.create_index(
        "uq_inspection_task_id",
        "inspection",
        ["task_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'returned'"),
        postgresql_where=sa.text("state <> 'returned'"),
    )
    op.create_table(
        "inspection_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=80), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["inspection_task.id"],
            name=op.f("fk_inspection_photo_task_id_inspection_task"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_photo")),
        sa.UniqueConstraint(
            "task_id", "item_code", "digest", name=op.f("uq_inspection_photo_task_id")
        ),
    )
    op.create_table(
        "inspection_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspection.id"],
            name=op.f("fk_inspection_event_inspection_id_inspection"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_event")),
    )
    op.create_index(
        op.f("ix_inspection_event_inspection_id"),
        "inspection_event",
        ["inspection_id"],
        unique=False,
    )
    _freeze()


def downgrade() -> None:
    op.drop_index(op.f("ix_inspection_event_inspection_id"), table_name="inspection_event")
    op.drop_table("inspection_event")
    op.drop_table("inspection_photo")
    op.drop_index(
        "uq_inspection_task_id",
        table_name="inspection",
        sqlite_where=sa.text("state <> 'returned'"),
        postgresql_where=sa.text("state <> 'returned'"),
    )
    op.drop_index(op.f("ix_inspection_submitted_by"), table_name="inspection")
    op.drop_table("inspection")
    op.drop_index(
        "uq_meeting_point_id",
        table_name="meeting",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_table("meeting")
    op.drop_index(op.f("ix_inspection_task_second_id"), table_name="inspection_task")
    op.drop_index(op.f("ix_inspection_task_round_id"), table_name="inspection_task")
    op.drop_index(op.f("ix_inspection_task_org_id"), table_name="inspection_task")
    op.drop_index(op.f("ix_inspection_task_first_id"), table_name="inspection_task")
    op.drop_table("inspection_task")
    op.drop_index(op.f("ix_leader_review_round_id"), table_name="leader_review")
    op.drop_index(op.f("ix_leader_review_org_id"), table_name="leader_review")
    op.drop_index(op.f("ix_leader_review_account_id"), table_name="leader_review")
    op.drop_table("leader_review")
    op.drop_index(op.f("ix_inspection_draw_round_questionnaire_id"), table_name="inspection_draw")
    op.drop_table("inspection_draw")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_act_change()")


def _freeze() -> None:
    """Refuse to change or remove what somebody did under their name."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_act_change() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
        body = "FOR EACH ROW EXECUTE FUNCTION refuse_act_change()"
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table in (*FROZEN, "inspection"):
        columns = f" OF {FROZEN_COLUMNS}" if table == "inspection" else ""
        for name, act in (("update", f"UPDATE{columns}"), ("delete", "DELETE")):
            op.execute(f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} {body}")
