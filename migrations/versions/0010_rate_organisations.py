"""Rate organisations

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPROVER = (
    "approved_by = '' OR approved_by = 'operator'"
    " OR (approved_by <> scored_by AND approved_by <> proposed_by)"
)


def upgrade() -> None:
    op.create_table(
        "rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("scored_by", sa.String(80), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_because", sa.Text(), nullable=False),
        sa.CheckConstraint(APPROVER, name=op.f("ck_rating_approved_by_another")),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_by <> '')",
            name=op.f("ck_rating_approved_by_somebody"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        sa.UniqueConstraint("code", name=op.f("uq_rating_code")),
    )
    op.create_index(op.f("ix_rating_year"), "rating", ["year"])
    op.create_table(
        "rating_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rating_id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(32), nullable=False),
        sa.Column("composite", sa.JSON(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("final", sa.Double(), nullable=True),
        sa.Column("se", sa.Double(), nullable=True),
        sa.Column("satisfaction", sa.Double(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("is_rankable", sa.Boolean(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=True),
        sa.Column("star_proposed", sa.Integer(), nullable=True),
        sa.Column("star_decided", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("is_borderline", sa.Boolean(), nullable=False),
        sa.Column("is_lagging", sa.Boolean(), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("change", sa.String(8), nullable=False),
        sa.Column("contradictions", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "star_proposed BETWEEN 1 AND 5", name=op.f("ck_rating_line_proposed_one_to_five")
        ),
        sa.CheckConstraint(
            "star_decided BETWEEN 1 AND 5", name=op.f("ck_rating_line_decided_one_to_five")
        ),
        sa.CheckConstraint(
            "decided_by = '' OR decision_reason <> ''",
            name=op.f("ck_rating_line_decision_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["rating_id"],
            ["rating.id"],
            name=op.f("fk_rating_line_rating_id_rating"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["organisation.id"],
            name=op.f("fk_rating_line_org_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_line")),
        sa.UniqueConstraint("rating_id", "org_id", name=op.f("uq_rating_line_rating_id")),
    )
    op.create_table(
        "conduct_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(32), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.String(80), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('veto', 'false_claim', 'late_publication')",
            name=op.f("ck_conduct_mark_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["organisation.id"],
            name=op.f("fk_conduct_mark_org_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conduct_mark")),
    )
    op.create_index(op.f("ix_conduct_mark_org_id"), "conduct_mark", ["org_id"])


def downgrade() -> None:
    op.drop_table("conduct_mark")
    op.drop_table("rating_line")
    op.drop_table("rating")
