"""Let one request of a kind wait, one window run for an item, and nobody change a draw

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

REQUEST, WINDOW, DRAW = "item_request", "recheck_window", "follow_up_draw"
WAITING, RUNNING = sa.text("is_granted IS NULL"), sa.text("outcome = 'running'")
REFUSAL = "a draw is never changed"


def upgrade() -> None:
    op.create_index(
        "ix_item_request_waiting",
        REQUEST,
        ["item_id", "kind"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_recheck_window_running",
        WINDOW,
        ["item_id"],
        unique=True,
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_draw_change() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
        body = "FOR EACH ROW EXECUTE FUNCTION refuse_draw_change()"
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {DRAW}_no_{act.lower()} BEFORE {act} ON {DRAW} {body}")


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for act in ("update", "delete"):
        op.execute(f"DROP TRIGGER {DRAW}_no_{act}" + (f" ON {DRAW}" if is_postgresql else ""))
    if is_postgresql:
        op.execute("DROP FUNCTION refuse_draw_change()")
    op.drop_index("ix_recheck_window_running", WINDOW)
    op.drop_index("ix_item_request_waiting", REQUEST)
