"""Keep honours that were proposed and decided

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "award",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rating_id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(32), nullable=False),
        sa.Column("honour", sa.String(60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("number", sa.String(24), nullable=True),
        sa.Column("proposed_by", sa.String(80), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'awarded', 'declined')", name=op.f("ck_award_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by = '')", name=op.f("ck_award_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "(state = 'awarded') = (number IS NOT NULL)",
            name=op.f("ck_award_numbered_when_awarded"),
        ),
        sa.CheckConstraint(
            "decided_by = '' OR decided_by = 'operator' OR decided_by <> proposed_by",
            name=op.f("ck_award_decided_by_another"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_award_has_reason")),
        sa.ForeignKeyConstraint(
            ["rating_id"],
            ["rating.id"],
            name=op.f("fk_award_rating_id_rating"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["organisation.id"],
            name=op.f("fk_award_org_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award")),
        sa.UniqueConstraint("number", name=op.f("uq_award_number")),
        sa.UniqueConstraint("rating_id", "org_id", "honour", name=op.f("uq_award_rating_id")),
    )
    op.create_index(op.f("ix_award_rating_id"), "award", ["rating_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_award_rating_id"), "award")
    op.drop_table("award")
