"""Keep the check codes of letters, forms and extracts of the ledger

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_code",
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["rectification_item.id"],
            name=op.f("fk_paper_code_item_id_rectification_item"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_paper_code")),
    )
    op.create_index(op.f("ix_paper_code_item_id"), "paper_code", ["item_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_paper_code_item_id"), "paper_code")
    op.drop_table("paper_code")
