"""Tickets and their batches, and whether a round asks phones for a proof of work

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Pages of rounds that are open already know of no proof.
    op.add_column(
        "round", sa.Column("asks_proof", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "ticket_batch",
        sa.Column("id", sa.String(length=6), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=False),
        sa.Column("used_count", sa.Integer(), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_ticket_batch_size_positive")),
        sa.CheckConstraint(
            "used_count BETWEEN 0 AND size", name=op.f("ck_ticket_batch_used_within_size")
        ),
        sa.CheckConstraint(
            "approved_by = '' OR approved_by <> requested_by OR approved_by = 'operator'",
            name=op.f("ck_ticket_batch_approved_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["collection_point.id"],
            name=op.f("fk_ticket_batch_point_id_collection_point"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_ticket_batch_round_id_round"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_batch")),
    )
    op.create_index(op.f("ix_ticket_batch_round_id"), "ticket_batch", ["round_id"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("batch_id", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["ticket_batch.id"],
            name=op.f("fk_ticket_batch_id_ticket_batch"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_ticket")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ticket_batch_id"), "ticket", ["batch_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_ticket_batch_id"), table_name="ticket")
    op.drop_table("ticket")
    op.drop_index(op.f("ix_ticket_batch_round_id"), table_name="ticket_batch")
    op.drop_table("ticket_batch")
    op.drop_column("round", "asks_proof")
