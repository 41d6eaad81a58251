"""Put awards on notice, in the district's order, with objections and reasons

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TIME, NAME = sa.DateTime(timezone=True), sa.String(80)


def upgrade() -> None:
    op.add_column("award", sa.Column("place", sa.Integer(), nullable=True))
    op.add_column(
        "award", sa.Column("declined_because", sa.Text(), nullable=False, server_default="")
    )
    op.create_table(
        "award_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rating_id", sa.Integer(), nullable=False),
        sa.Column("approved_by", NAME, nullable=False),
        sa.Column("approved_at", TIME, nullable=False),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_until", sa.Date(), nullable=True),
        sa.Column("office", sa.String(120), nullable=False),
        sa.Column("phone", sa.String(60), nullable=False),
        sa.Column("email", sa.String(120), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("ended_by", NAME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.CheckConstraint(
            "ended_by = '' OR ended_by = 'operator' OR ended_by <> approved_by",
            name=op.f("ck_award_notice_ended_by_another"),
        ),
        sa.CheckConstraint(
            "(ended_by = '') = (ended_at IS NULL)", name=op.f("ck_award_notice_ended_by_somebody")
        ),
        sa.CheckConstraint(
            "notice_from <= notice_until", name=op.f("ck_award_notice_not_backwards")
        ),
        sa.ForeignKeyConstraint(
            ["rating_id"],
            ["rating.id"],
            name=op.f("fk_award_notice_rating_id_rating"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_notice")),
    )
    running = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_award_notice_running",
        "award_notice",
        ["rating_id"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_table(
        "award_noticed",
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["award_id"],
            ["award.id"],
            name=op.f("fk_award_noticed_award_id_award"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["award_notice.id"],
            name=op.f("fk_award_noticed_notice_id_award_notice"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("award_id", name=op.f("pk_award_noticed")),
    )
    op.create_table(
        "award_objection",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recorded_by", NAME, nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", NAME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(outcome = '') = (answered_by = '')",
            name=op.f("ck_award_objection_answered_by_somebody"),
        ),
        sa.CheckConstraint(
            "outcome IN ('', 'upheld', 'rejected')", name=op.f("ck_award_objection_outcome_known")
        ),
        sa.ForeignKeyConstraint(
            ["award_id"],
            ["award.id"],
            name=op.f("fk_award_objection_award_id_award"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["award_notice.id"],
            name=op.f("fk_award_objection_notice_id_award_notice"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("notice_id", "number", name=op.f("pk_award_objection")),
    )


def downgrade() -> None:
    op.drop_table("award_objection")
    op.drop_table("award_noticed")
    op.drop_index("ix_award_notice_running", "award_notice")
    op.drop_table("award_notice")
    op.drop_column("award", "declined_because")
    op.drop_column("award", "place")
