"""Evaluate rectification items one by one, and keep pictures

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ONE_POINT = "uq_collection_point_round_questionnaire_id"


def upgrade() -> None:
    with op.batch_alter_table("collection_point") as table:
        table.add_column(sa.Column("item", sa.String(length=20), nullable=False, server_default=""))
        table.drop_constraint(ONE_POINT, type_="unique")
        table.create_unique_constraint(ONE_POINT, ["round_questionnaire_id", "org_id", "item"])
    op.create_table(
        "picture",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("box_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["box_id"], ["box.id"], name=op.f("fk_picture_box_id_box"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["collection_point.id"],
            name=op.f("fk_picture_point_id_collection_point"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_picture_point_id"), "picture", ["point_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_picture_point_id"), table_name="picture")
    op.drop_table("picture")
    with op.batch_alter_table("collection_point") as table:
        table.drop_constraint(ONE_POINT, type_="unique")
        table.create_unique_constraint(ONE_POINT, ["round_questionnaire_id", "org_id"])
        table.drop_column("item")
