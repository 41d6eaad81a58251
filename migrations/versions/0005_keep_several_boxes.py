"""Keep several boxes in a round: days, months, late paper

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BOX_COLUMNS = {
    "starts_at": sa.DateTime(timezone=True),
    "ends_at": sa.DateTime(timezone=True),
    "repeated_count": sa.Integer(),
    "targets_root": sa.String(length=64),
}


def upgrade() -> None:
    op.add_column("round", sa.Column("supplements", sa.String(length=40), nullable=True))
    op.add_column(
        "box", sa.Column("kind", sa.String(length=8), nullable=False, server_default="round")
    )
    for name, kind in BOX_COLUMNS.items():
        op.add_column("box", sa.Column(name, kind, nullable=True))
    op.rename_table("receipt", "receipt_before")
    _make_receipts(sa.Column("box_id", sa.Integer(), nullable=False))
    # Before this revision a round had one box. In the order of the hashes, as at the opening.
    op.execute(
        "INSERT INTO receipt (round_id, hash, box_id)"
        " SELECT r.round_id, r.hash, (SELECT min(b.id) FROM box b WHERE b.round_id = r.round_id)"
        " FROM receipt_before r ORDER BY r.round_id, r.hash"
    )
    op.drop_table("receipt_before")
    op.create_table(
        "released_tally",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["collection_point.id"],
            name=op.f("fk_released_tally_point_id_collection_point"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("point_id", name=op.f("pk_released_tally")),
    )


def downgrade() -> None:
    op.drop_table("released_tally")
    op.rename_table("receipt", "receipt_after")
    _make_receipts()
    op.execute(
        "INSERT INTO receipt (round_id, hash)"
        " SELECT round_id, hash FROM receipt_after ORDER BY round_id, hash"
    )
    op.drop_table("receipt_after")
    for name in (*BOX_COLUMNS, "kind"):
        op.drop_column("box", name)
    op.drop_column("round", "supplements")


def _make_receipts(*more: sa.Column) -> None:
    """Make the table anew: SQLite cannot add a column that must have a value."""
    if op.get_bind().dialect.name == "postgresql":
        for name in ("pk_receipt", "fk_receipt_round_id_round"):
            old = "receipt_before" if more else "receipt_after"
            op.execute(f"ALTER TABLE {old} DROP CONSTRAINT {name}")
        if not more:
            op.execute("ALTER TABLE receipt_after DROP CONSTRAINT fk_receipt_box_id_box")
    keys = [
        sa.ForeignKeyConstraint(
            ["box_id"], ["box.id"], name=op.f("fk_receipt_box_id_box"), ondelete="RESTRICT"
        )
        for _ in more
    ]
    op.create_table(
        "receipt",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        *more,
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_receipt_round_id_round"), ondelete="RESTRICT"
        ),
        *keys,
        sa.PrimaryKeyConstraint("round_id", "hash", name=op.f("pk_receipt")),
        sqlite_with_rowid=False,
    )
