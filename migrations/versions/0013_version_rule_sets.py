"""Version rule sets

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ANOTHER = (
    "is_shipped OR approved_by = 'operator' OR (approved_by <> '' AND approved_by <> created_by)"
)
NEVER = "a version of a rule set never changes"
FROZEN = "the rules of a round are fixed once a box of it has been opened"


def upgrade() -> None:
    _create_tables()
    # Written out, because SQLite takes a reference with a new column and not after it.
    op.execute(
        "ALTER TABLE round ADD COLUMN rule_set_id INTEGER"
        " CONSTRAINT fk_round_rule_set_id_rule_set REFERENCES rule_set (id)"
    )
    op.add_column(
        "round",
        sa.Column("are_rules_fixed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(
        "UPDATE round SET are_rules_fixed = true WHERE EXISTS"
        " (SELECT 1 FROM box WHERE box.round_id = round.id AND box.opened_at IS NOT NULL)"
    )
    if op.get_bind().dialect.name == "postgresql":
        _freeze_on_postgresql()
    else:
        _freeze_on_sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER round_rules_are_fixed ON round")
        op.execute("DROP FUNCTION refuse_rules_of_round()")
        op.execute("DROP TRIGGER rule_set_is_frozen ON rule_set")
        op.execute("DROP FUNCTION refuse_rule_set_change()")
    else:
        for name in ("round_rules_are_fixed", "rule_set_no_update", "rule_set_no_delete"):
            op.execute(f"DROP TRIGGER {name}")
    op.drop_column("round", "are_rules_fixed")
    op.drop_column("round", "rule_set_id")
    op.drop_table("rule_set_draft")
    op.drop_table("rule_set")


def _create_tables() -> None:
    op.create_table(
        "rule_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("title_zh", sa.String(200), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("derived_from", sa.String(60), nullable=False),
        sa.Column("is_shipped", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(ANOTHER, name=op.f("ck_rule_set_approved_by_another")),
        sa.CheckConstraint("version > 0", name=op.f("ck_rule_set_version_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_rule_set_code")),
    )
    op.create_table(
        "rule_set_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title_zh", sa.String(200), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("derived_from", sa.String(60), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_because", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed')", name=op.f("ck_rule_set_draft_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set_draft")),
        sa.UniqueConstraint("code", name=op.f("uq_rule_set_draft_code")),
    )


def _freeze_on_sqlite() -> None:
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER rule_set_no_{act} BEFORE {act.upper()} ON rule_set "
            f"BEGIN SELECT RAISE(ABORT, '{NEVER}'); END"
        )
    op.execute(
        "CREATE TRIGGER round_rules_are_fixed"
        " BEFORE UPDATE OF rules, rule_set_id, are_rules_fixed ON round"
        " WHEN OLD.are_rules_fixed AND (NEW.rules IS NOT OLD.rules"
        " OR NEW.rule_set_id IS NOT OLD.rule_set_id OR NOT NEW.are_rules_fixed)"
        f" BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
    )


def _freeze_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_rule_set_change() RETURNS trigger AS $$ "
        f"BEGIN RAISE EXCEPTION '{NEVER}'; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        "CREATE TRIGGER rule_set_is_frozen BEFORE UPDATE OR DELETE ON rule_set "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rule_set_change()"
    )
    op.execute(
        "CREATE FUNCTION refuse_rules_of_round() RETURNS trigger AS $$ "
        f"BEGIN RAISE EXCEPTION '{FROZEN}'; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        "CREATE TRIGGER round_rules_are_fixed BEFORE UPDATE ON round FOR EACH ROW"
        " WHEN (OLD.are_rules_fixed AND (NEW.rules::text IS DISTINCT FROM OLD.rules::text"
        " OR NEW.rule_set_id IS DISTINCT FROM OLD.rule_set_id OR NOT NEW.are_rules_fixed))"
        " EXECUTE FUNCTION refuse_rules_of_round()"
    )
