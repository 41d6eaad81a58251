"""Keep views of the ledger, remember what phones sent, and list 50,000 items fast

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PRESSING = "ix_rectification_item_pressing"


def upgrade() -> None:
    op.create_index(PRESSING, "rectification_item", ["state", "due_on", "number", "org_id"])
    op.create_table(
        "ledger_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("query", sa.String(800), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_ledger_view_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_view")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_ledger_view_account_id")),
    )
    op.create_table(
        "item_sending",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_item_sending_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["rectification_item.id"],
            name=op.f("fk_item_sending_item_id_rectification_item"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_item_sending")),
    )
    for column in ("account_id", "item_id"):
        op.create_index(op.f(f"ix_item_sending_{column}"), "item_sending", [column])


def downgrade() -> None:
    op.drop_table("item_sending")
    op.drop_table("ledger_view")
    op.drop_index(PRESSING, "rectification_item")
