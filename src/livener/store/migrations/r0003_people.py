"""How people get in, and what they leave beside the tasks."""

import sqlalchemy as sa
from alembic import op

from livener.store import triggers

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("guideline_examples", "guideline_reads")


def upgrade() -> None:
    """Make the tables, then the rules."""
    op.create_table(
        "sign_in_failures",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_at", "sign_in_failures", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_failures_name", "sign_in_failures", ["name", "at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_identities_user_id"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_identities"),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_invitations_user_id"),
        sa.PrimaryKeyConstraint("hash", name="pk_invitations"),
    )
    op.create_index("ix_invitations_user_id", "invitations", ["user_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_idempotency_keys_user_id"),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created", "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "guideline_reads",
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("guideline_version_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "guideline_version_id"],
            ["guideline_versions.project_id", "guideline_versions.id"],
            name="fk_guideline_reads_project_id_guideline_version_id",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_guideline_reads_user_id"),
        sa.PrimaryKeyConstraint("user_id", "guideline_version_id", name="pk_guideline_reads"),
    )
    op.create_table(
        "guideline_examples",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("guideline_version_id", BIG_ID, nullable=False),
        sa.Column("annotation_id", BIG_ID, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("counter", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            '0 <= start AND start < "end" AND "end" <= length(text)', name="ck_guideline_examples_range"
        ),
        sa.ForeignKeyConstraint(["annotation_id"], ["annotations.id"], name="fk_guideline_examples_annotation_id"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_guideline_examples_author_id"),
        sa.ForeignKeyConstraint(
            ["project_id", "guideline_version_id"],
            ["guideline_versions.project_id", "guideline_versions.id"],
            name="fk_guideline_examples_project_id_guideline_version_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_guideline_examples"),
    )
    op.create_index("ix_guideline_examples_project", "guideline_examples", ["project_id", "label"], unique=False)
    op.create_table(
        "skips",
        sa.Column("task_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_skips_task_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_skips_user_id"),
        sa.PrimaryKeyConstraint("task_id", "user_id", name="pk_skips"),
    )
    op.create_index("ix_skips_user_id", "skips", ["user_id"], unique=False)

    triggers.append_only(APPEND_ONLY)


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("skips")
    op.drop_table("guideline_examples")
    op.drop_table("guideline_reads")
    op.drop_table("idempotency_keys")
    op.drop_table("invitations")
    op.drop_table("identities")
    op.drop_table("sessions")
    op.drop_table("sign_in_failures")
