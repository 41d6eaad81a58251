"""Let the board read what it counts from one index

Revision ID: 0027
Revises: 0026
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ITEM, INDEX = "rectification_item", "ix_rectification_item_board"


def upgrade() -> None:
    op.create_index(
        INDEX,
        ITEM,
        [
            "org_id", "state", "registered_on", "due_on", "closed_on", "assigned_on", "accepted_on",
            "handed_in_on", "source", "reopen_count", "recheck_agree", "recheck_disagree",
            "is_called_back",
        ],
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index(INDEX, ITEM)
