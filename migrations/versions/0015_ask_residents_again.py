"""Ask residents again about each item, and tie call-backs of bad ratings to theirs

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CONTACT = ("occasion", "item", "sealed_to", "result")


def upgrade() -> None:
    op.add_column(
        "collection_point", sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True)
    )
    for name, length in (("occasion", 40), ("item", 20), ("result", 16)):
        column = sa.Column(name, sa.String(length), nullable=False, server_default="")
        op.add_column("contact", column)
    op.add_column("contact", sa.Column("sealed_to", sa.LargeBinary(32), nullable=True))
    op.add_column(
        "evidence",
        sa.Column("is_public", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "recheck_window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_extended", sa.Boolean(), nullable=False),
        sa.Column("vote_key", sa.LargeBinary(32), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["rectification_item.id"],
            name=op.f("fk_recheck_window_item_id_rectification_item"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["collection_point.id"],
            name=op.f("fk_recheck_window_point_id_collection_point"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck_window")),
        sa.UniqueConstraint("item_id", "cycle", name=op.f("uq_recheck_window_item_id")),
        sa.UniqueConstraint("point_id", name=op.f("uq_recheck_window_point_id")),
    )


def downgrade() -> None:
    op.drop_table("recheck_window")
    op.drop_column("evidence", "is_public")
    for name in CONTACT:
        op.drop_column("contact", name)
    op.drop_column("collection_point", "closes_at")
