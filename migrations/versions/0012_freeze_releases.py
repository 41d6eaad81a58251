"""Freeze releases and publish rounds

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FROZEN = ("release", "release_part")
REFUSAL = "what was released is never changed"


def upgrade() -> None:
    _create_releases()
    _create_publications()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_release_change() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
        body = "FOR EACH ROW EXECUTE FUNCTION refuse_release_change()"
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table in FROZEN:
        for act in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {body}")


def _create_releases() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("rules_digest", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("released_by", sa.String(80), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=False),
        sa.CheckConstraint("kind IN ('internal', 'public')", name=op.f("ck_release_kind_known")),
        sa.CheckConstraint(
            "kind = 'internal' OR approved_by = 'operator'"
            " OR (approved_by <> '' AND approved_by <> released_by)",
            name=op.f("ck_release_approved_by_another"),
        ),
        _to_round("release"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("round_id", "kind", "edition", name=op.f("uq_release_round_id")),
    )
    op.create_index(op.f("ix_release_digest"), "release", ["digest"])
    op.create_table(
        "release_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("questionnaire", sa.String(64), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["release.id"],
            name=op.f("fk_release_part_release_id_release"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_part")),
        sa.UniqueConstraint(
            "release_id", "kind", "questionnaire", "key", name=op.f("uq_release_part_release_id")
        ),
    )
    op.create_table(
        "row_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("requested_by", sa.String(80), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decided_by = '' OR decided_by = 'operator' OR decided_by <> requested_by",
            name=op.f("ck_row_request_decided_by_another"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'allowed', 'refused', 'taken')",
            name=op.f("ck_row_request_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_by = '')",
            name=op.f("ck_row_request_decided_by_somebody"),
        ),
        _to_round("row_request"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_row_request")),
    )
    op.create_index(op.f("ix_row_request_round_id"), "row_request", ["round_id"])


def _create_publications() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("proposed_by", sa.String(80), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_because", sa.Text(), nullable=False),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_until", sa.Date(), nullable=True),
        sa.Column("office", sa.String(120), nullable=False),
        sa.Column("phone", sa.String(60), nullable=False),
        sa.Column("email", sa.String(120), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("published_by", sa.String(80), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(80), nullable=False),
        sa.Column("withdrawal_approved_by", sa.String(80), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "approved_by = '' OR approved_by = 'operator' OR approved_by <> proposed_by",
            name=op.f("ck_publication_approved_by_another"),
        ),
        sa.CheckConstraint(
            "published_by = '' OR published_by = 'operator' OR published_by <> approved_by",
            name=op.f("ck_publication_published_by_another"),
        ),
        sa.CheckConstraint(
            "withdrawal_approved_by = '' OR withdrawal_approved_by = 'operator'"
            " OR withdrawal_approved_by <> withdrawn_by",
            name=op.f("ck_publication_withdrawn_by_two"),
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawal_approved_by <> '')",
            name=op.f("ck_publication_withdrawn_by_somebody"),
        ),
        sa.CheckConstraint(
            "notice_from <= notice_until", name=op.f("ck_publication_notice_not_backwards")
        ),
        _to_round("publication"),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["release.id"],
            name=op.f("fk_publication_release_id_release"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_index(op.f("ix_publication_round_id"), "publication", ["round_id"])
    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("org_id", sa.String(32), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(80), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(80), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("item_number", sa.String(20), nullable=False),
        sa.CheckConstraint(
            "(outcome = '') = (answered_by = '')", name=op.f("ck_objection_answered_by_somebody")
        ),
        sa.CheckConstraint(
            "outcome IN ('', 'upheld', 'rejected')", name=op.f("ck_objection_outcome_known")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
            name=op.f("fk_objection_publication_id_publication"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["organisation.id"],
            name=op.f("fk_objection_org_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("publication_id", "number", name=op.f("uq_objection_publication_id")),
    )


def _to_round(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["round_id"],
        ["round.id"],
        name=op.f(f"fk_{table}_round_id_round"),
        ondelete="RESTRICT",
    )


def downgrade() -> None:
    for table in ("objection", "publication", "row_request", "release_part", "release"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_release_change()")
