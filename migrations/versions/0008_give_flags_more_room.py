"""Give flags more room

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("response") as batch:
        batch.alter_column("flags", existing_type=sa.String(40), type_=sa.String(120))


def downgrade() -> None:
    with op.batch_alter_table("response") as batch:
        batch.alter_column("flags", existing_type=sa.String(120), type_=sa.String(40))
