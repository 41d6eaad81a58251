"""Let the board count states and ages from one index; two others begin alike and are dropped

Revision ID: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ITEM, INDEX = "rectification_item", "ix_rectification_item_ages"
COLUMNS = ("state", "registered_on", "due_on", "closed_on", "org_id")


def upgrade() -> None:
    op.create_index(INDEX, ITEM, list(COLUMNS))
    for column in ("state", "org_id"):
        op.drop_index(op.f(f"ix_{ITEM}_{column}"), ITEM)


def downgrade() -> None:
    for column in ("org_id", "state"):
        op.create_index(op.f(f"ix_{ITEM}_{column}"), ITEM, [column])
    op.drop_index(INDEX, ITEM)
