"""Drafts of questionnaires, published ones that never change, and paper keyed twice

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSAL = "a published questionnaire never changes"


def upgrade() -> None:
    _create_drafts()
    _create_batches()
    _freeze_versions()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER questionnaire_version_is_frozen ON questionnaire_version")
        op.execute("DROP FUNCTION refuse_questionnaire_change()")
    else:
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER questionnaire_version_no_{act}")
    for table in ("keyed_ballot", "keying"):
        op.drop_table(table)
    op.drop_index(op.f("ix_keying_batch_round_id"), table_name="keying_batch")
    op.drop_table("keying_batch")
    op.drop_table("questionnaire_draft_step")
    op.drop_table("questionnaire_draft")


def _create_drafts() -> None:
    op.create_table(
        "questionnaire_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("based_on", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_draft")),
    )
    op.create_table(
        "questionnaire_draft_step",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["questionnaire_draft.id"],
            name=op.f("fk_questionnaire_draft_step_draft_id_questionnaire_draft"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_questionnaire_draft_step")),
    )


def _create_batches() -> None:
    op.create_table(
        "keying_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("spoilt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint(
            "0 <= spoilt AND spoilt <= returned AND returned <= issued AND 0 < returned",
            name=op.f("ck_keying_batch_counts_fit"),
        ),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["collection_point.id"],
            name=op.f("fk_keying_batch_point_id_collection_point"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_keying_batch_round_id_round"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keying_batch")),
        sa.UniqueConstraint("point_id", "label", name=op.f("uq_keying_batch_point_id")),
    )
    op.create_index(op.f("ix_keying_batch_round_id"), "keying_batch", ["round_id"])
    op.create_table(
        "keying",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("keyed_by", sa.String(length=80), nullable=False),
        sa.Column("is_finished", sa.Boolean(), nullable=False),
        sa.CheckConstraint("number IN (1, 2)", name=op.f("ck_keying_two_keyings")),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["keying_batch.id"],
            name=op.f("fk_keying_batch_id_keying_batch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_keying")),
        sa.UniqueConstraint("batch_id", "keyed_by", name=op.f("uq_keying_batch_id")),
    )
    op.create_table(
        "keyed_ballot",
        sa.Column("batch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "number"],
            ["keying.batch_id", "keying.number"],
            name="fk_keyed_ballot_batch_id_keying",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", "place", name=op.f("pk_keyed_ballot")),
        sqlite_with_rowid=False,
    )


def _freeze_versions() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_questionnaire_change() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
        op.execute(
            "CREATE TRIGGER questionnaire_version_is_frozen BEFORE UPDATE OR DELETE "
            "ON questionnaire_version FOR EACH ROW EXECUTE FUNCTION refuse_questionnaire_change()"
        )
        return
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER questionnaire_version_no_{act} BEFORE {act.upper()} "
            f"ON questionnaire_version BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
