"""Keep batches of documents: what was asked for, and each file with what it was made from

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(8), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("unit_id", sa.String(32), nullable=False),
        sa.Column("is_combined", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.String(80), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "audience IN ('internal', 'public')", name=op.f("ck_document_batch_audience_known")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_document_batch_round_id_round"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_batch")),
    )
    op.create_index(op.f("ix_document_batch_round_id"), "document_batch", ["round_id"])
    op.create_table(
        "batch_document",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("org_id", sa.String(32), nullable=False),
        sa.Column("unit_id", sa.String(32), nullable=False),
        sa.Column("org_name", sa.String(200), nullable=False),
        sa.Column("format", sa.String(5), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.CheckConstraint(
            "(state = 'made') = (digest <> '')", name=op.f("ck_batch_document_made_has_a_file")
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (reason <> '')",
            name=op.f("ck_batch_document_failed_has_a_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'made', 'failed')", name=op.f("ck_batch_document_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["document_batch.id"],
            name=op.f("fk_batch_document_batch_id_document_batch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch_id", "place", name=op.f("pk_batch_document")),
        sa.UniqueConstraint(
            "batch_id", "kind", "org_id", "format", name=op.f("uq_batch_document_batch_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("batch_document")
    op.drop_table("document_batch")
