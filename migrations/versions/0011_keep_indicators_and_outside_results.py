"""Keep indicators and results of other evaluations

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEPT = ("indicator_entry", "indicator_decision", "indicator_evidence", "indicator_period")
REFUSAL = "indicators: what was entered and decided is never changed"
FROZEN = "indicators: this version is frozen"


def upgrade() -> None:
    op.create_table(
        "indicator_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("sector", sa.String(40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "level IN ('unit', 'branch', 'window')", name=op.f("ck_indicator_set_level_known")
        ),
        sa.CheckConstraint(
            "due_days BETWEEN 1 AND 90", name=op.f("ck_indicator_set_due_days_sensible")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_set")),
        sa.UniqueConstraint("code", "starts_on", name="uq_indicator_set_starts_on"),
        sa.UniqueConstraint("code", "version", name=op.f("uq_indicator_set_code")),
    )
    op.create_table(
        "indicator_node",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("parent", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("scoring", sa.String(12), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("target", sa.Double(), nullable=False),
        sa.Column("floor", sa.Double(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("points_each", sa.Double(), nullable=False),
        sa.Column("limit_value", sa.Double(), nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("owner", sa.String(10), nullable=False),
        sa.Column("cycle", sa.String(8), nullable=False),
        sa.Column("needs_evidence", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "cycle IN ('month', 'quarter', 'year')", name=op.f("ck_indicator_node_cycle_known")
        ),
        sa.CheckConstraint(
            "direction IN ('higher', 'lower')", name=op.f("ck_indicator_node_direction_known")
        ),
        sa.CheckConstraint(
            "owner IN ('self', 'unit', 'district')", name=op.f("ck_indicator_node_owner_known")
        ),
        sa.CheckConstraint(
            "scoring IN ('', 'linear', 'step', 'deduction', 'veto')",
            name=op.f("ck_indicator_node_scoring_known"),
        ),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_indicator_node_weight_not_negative")),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["indicator_set.id"],
            name=op.f("fk_indicator_node_set_id_indicator_set"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("set_id", "code", name=op.f("pk_indicator_node")),
    )
    op.create_table(
        "indicator_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("settled_by", sa.String(80), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["indicator_set.id"],
            name=op.f("fk_indicator_period_set_id_indicator_set"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_period")),
        sa.UniqueConstraint("set_id", "period", name=op.f("uq_indicator_period_set_id")),
    )
    op.create_table(
        "outside_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(32), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("grade", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("imported_by", sa.String(80), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "score IS NOT NULL OR grade <> ''", name=op.f("ck_outside_result_says_something")
        ),
        sa.CheckConstraint(
            "score BETWEEN 0 AND 100", name=op.f("ck_outside_result_score_in_points")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["organisation.id"],
            name=op.f("fk_outside_result_org_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_result")),
        sa.UniqueConstraint("org_id", "source", "year", name=op.f("uq_outside_result_org_id")),
    )
    op.create_index(op.f("ix_outside_result_year"), "outside_result", ["year"])
    op.create_table(
        "indicator_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("node_code", sa.String(32), nullable=False),
        sa.Column("org_id", sa.String(32), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(80), nullable=False),
        sa.Column("entered_name", sa.String(80), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "revision = 1 OR note <> ''", name=op.f("ck_indicator_entry_correction_has_reason")
        ),
        sa.CheckConstraint(
            "value IS NOT NULL OR note <> ''", name=op.f("ck_indicator_entry_none_has_reason")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["organisation.id"],
            name=op.f("fk_indicator_entry_org_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["set_id", "node_code"],
            ["indicator_node.set_id", "indicator_node.code"],
            name="fk_indicator_entry_set_id_indicator_node",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_entry")),
        sa.UniqueConstraint("id", "entered_by", name="uq_indicator_entry_id"),
        sa.UniqueConstraint(
            "set_id",
            "period",
            "org_id",
            "node_code",
            "revision",
            name=op.f("uq_indicator_entry_set_id"),
        ),
    )
    op.create_index(op.f("ix_indicator_entry_org_id"), "indicator_entry", ["org_id"])
    op.create_table(
        "indicator_decision",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entered_by", sa.String(80), nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("decided_name", sa.String(80), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decided_by = 'operator' OR decided_by <> entered_by",
            name=op.f("ck_indicator_decision_by_another"),
        ),
        sa.CheckConstraint(
            "verdict = 'approved' OR reason <> ''",
            name=op.f("ck_indicator_decision_return_has_reason"),
        ),
        sa.CheckConstraint(
            "verdict IN ('approved', 'returned')", name=op.f("ck_indicator_decision_verdict_known")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id", "entered_by"],
            ["indicator_entry.id", "indicator_entry.entered_by"],
            name="fk_indicator_decision_entry_id_indicator_entry",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_indicator_decision")),
    )
    op.create_table(
        "indicator_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.String(80), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["indicator_entry.id"],
            name=op.f("fk_indicator_evidence_entry_id_indicator_entry"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_evidence")),
        sa.UniqueConstraint("entry_id", "digest", name=op.f("uq_indicator_evidence_entry_id")),
    )
    _keep()
    _freeze()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in KEPT:
            for act in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{act} ON {table}")
        op.execute("DROP FUNCTION refuse_indicator_change()")
        op.execute("DROP TRIGGER indicator_node_is_frozen ON indicator_node")
        op.execute("DROP TRIGGER indicator_set_is_frozen ON indicator_set")
        op.execute("DROP FUNCTION refuse_frozen_node()")
        op.execute("DROP FUNCTION refuse_frozen_set()")
    for table in (
        "indicator_evidence",
        "indicator_decision",
        "indicator_entry",
        "indicator_period",
        "indicator_node",
        "indicator_set",
        "outside_result",
    ):
        op.drop_table(table)


def _keep() -> None:
    """Refuse to change or remove what somebody entered or decided under their name."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_indicator_change() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
        body = "FOR EACH ROW EXECUTE FUNCTION refuse_indicator_change()"
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table in KEPT:
        for act in ("update", "delete"):
            op.execute(f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} {body}")


def _freeze() -> None:
    """Refuse to change a version, and what stands in it, once a value was approved under it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_frozen_set() RETURNS trigger AS $$ BEGIN "
            "IF OLD.frozen_at IS NOT NULL THEN "
            f"RAISE EXCEPTION '{FROZEN}'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        op.execute(
            "CREATE TRIGGER indicator_set_is_frozen BEFORE UPDATE OR DELETE ON indicator_set "
            "FOR EACH ROW EXECUTE FUNCTION refuse_frozen_set()"
        )
        op.execute(
            "CREATE FUNCTION refuse_frozen_node() RETURNS trigger AS $$ DECLARE held integer; "
            "BEGIN IF TG_OP = 'INSERT' THEN held := NEW.set_id; ELSE held := OLD.set_id; END IF; "
            "IF EXISTS (SELECT 1 FROM indicator_set WHERE id = held AND frozen_at IS NOT NULL) "
            f"THEN RAISE EXCEPTION '{FROZEN}'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        op.execute(
            "CREATE TRIGGER indicator_node_is_frozen BEFORE INSERT OR UPDATE OR DELETE "
            "ON indicator_node FOR EACH ROW EXECUTE FUNCTION refuse_frozen_node()"
        )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
    for act, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")):
        if act != "insert":
            op.execute(
                f"CREATE TRIGGER indicator_set_no_{act} BEFORE {act.upper()} ON indicator_set "
                f"WHEN OLD.frozen_at IS NOT NULL {refused}"
            )
        op.execute(
            f"CREATE TRIGGER indicator_node_no_{act} BEFORE {act.upper()} ON indicator_node "
            f"WHEN (SELECT frozen_at FROM indicator_set WHERE id = {row}.set_id) IS NOT NULL "
            f"{refused}"
        )
