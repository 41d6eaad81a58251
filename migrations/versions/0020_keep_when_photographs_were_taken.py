"""Keep when and where photographs of evidence were taken

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("evidence") as batch:
        batch.add_column(sa.Column("taken_at", sa.String(16), nullable=False, server_default=""))
        batch.add_column(sa.Column("latitude", sa.Double(), nullable=True))
        batch.add_column(sa.Column("longitude", sa.Double(), nullable=True))
    with op.batch_alter_table("evidence") as batch:
        batch.alter_column("taken_at", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("evidence") as batch:
        batch.drop_column("longitude")
        batch.drop_column("latitude")
        batch.drop_column("taken_at")
