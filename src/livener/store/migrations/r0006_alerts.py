"""What was seen to go wrong in production: alerts, and what happened to them."""

import sqlalchemy as sa
from alembic import op

from livener.store import triggers

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("alert_events",)


def upgrade() -> None:
    """Make the tables, then the rules."""
    not_closed = sa.text("state <> 'closed'")
    state = sa.Enum(
        "open", "acknowledged", "closed", name="state", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        "alerts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(subject) BETWEEN 1 AND 200", name="ck_alerts_subject"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_alerts_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("project_id", "id", name="uq_alerts_project_id_id"),
    )
    op.create_index(
        "uq_alerts_not_closed",
        "alerts",
        ["project_id", "kind", "subject"],
        unique=True,
        sqlite_where=not_closed,
        postgresql_where=not_closed,
    )
    op.create_table(
        "alert_events",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "alert_id"],
            ["alerts.project_id", "alerts.id"],
            name="fk_alert_events_project_id_alert_id",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_alert_events_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_events"),
    )
    op.create_index("ix_alert_events_alert", "alert_events", ["project_id", "alert_id"], unique=False)
    triggers.append_only(APPEND_ONLY)


def downgrade() -> None:
    """Take the tables away again."""
    for table in ("alert_events", "alerts"):
        op.drop_table(table)
