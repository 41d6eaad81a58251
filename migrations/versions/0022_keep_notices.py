"""Keep cards of items, notices to people, their deliveries and wishes

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _key(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to.split('.')[0]}")
    return sa.ForeignKeyConstraint([column], [to], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_index(op.f("ix_transition_at"), "transition", ["at"])
    op.create_table(
        "item_card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("transition_id", sa.Integer(), nullable=False),
        _key("item_card", "item_id", "rectification_item.id", "RESTRICT"),
        _key("item_card", "transition_id", "transition.id", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_card")),
        sa.UniqueConstraint("key", name=op.f("uq_item_card_key")),
        sa.UniqueConstraint("transition_id", name=op.f("uq_item_card_transition_id")),
    )
    op.create_index(op.f("ix_item_card_item_id"), "item_card", ["item_id"])
    _create_deliveries()
    _create_notices()
    _create_settings()


def _create_deliveries() -> None:
    table = "notice_delivery"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("sort", sa.String(8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(40), nullable=False),
        sa.CheckConstraint("way IN ('mail', 'webhook')", name=op.f(f"ck_{table}_way_known")),
        sa.CheckConstraint("sort IN ('digest', 'urgent')", name=op.f(f"ck_{table}_sort_known")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed')",
            name=op.f(f"ck_{table}_state_known"),
        ),
        _key(table, "account_id", "account.id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "account_id", "way", "sort", "day", name=op.f(f"uq_{table}_account_id")
        ),
    )
    op.create_index("ix_notice_delivery_state", table, ["state"])


def _create_notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("transition_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("org_id", sa.String(40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("webhook_id", sa.Integer(), nullable=True),
        _key("notice", "account_id", "account.id", "CASCADE"),
        _key("notice", "transition_id", "transition.id", "RESTRICT"),
        _key("notice", "item_id", "rectification_item.id", "RESTRICT"),
        _key("notice", "mail_id", "notice_delivery.id", "SET NULL"),
        _key("notice", "webhook_id", "notice_delivery.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("account_id", "transition_id", name=op.f("uq_notice_account_id")),
    )
    op.create_index("ix_notice_unread", "notice", ["account_id", "read_at"])
    for column in ("transition_id", "item_id", "mail_id", "webhook_id"):
        op.create_index(op.f(f"ix_notice_{column}"), "notice", [column])


def _create_settings() -> None:
    table = "notice_settings"
    op.create_table(
        table,
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("pending", sa.String(254), nullable=False),
        sa.Column("pending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("codes_on", sa.Date(), nullable=True),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("wants_digest", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("by_webhook", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.CheckConstraint("quiet_from BETWEEN 0 AND 23", name=op.f(f"ck_{table}_quiet_from_hour")),
        sa.CheckConstraint(
            "quiet_until BETWEEN 0 AND 23", name=op.f(f"ck_{table}_quiet_until_hour")
        ),
        _key(table, "account_id", "account.id", "CASCADE"),
        sa.PrimaryKeyConstraint("account_id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    for table in ("notice_settings", "notice", "notice_delivery", "item_card"):
        op.drop_table(table)
    op.drop_index(op.f("ix_transition_at"), "transition")
