"""A project: its people, its documents and rules, and the versions that came of them."""

import sqlalchemy as sa
from alembic import op

from livener.store import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = (
    "audit_log",
    "dataset_documents",
    "dataset_texts",
    "dataset_versions",
    "guideline_versions",
    "label_sets",
    "model_versions",
)


def upgrade() -> None:
    """Make the tables, then the rules."""
    op.create_table(
        "projects",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name="ck_projects_name"),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("name", name="uq_projects_name"),
    )
    op.create_table(
        "users",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("administrator", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name="ck_users_name"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("project_id", BIG_ID, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_audit_log_project_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_audit_log_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_project_id", "audit_log", ["project_id"], unique=False)
    op.create_index("ix_audit_log_user_id", "audit_log", ["user_id"], unique=False)
    op.create_table(
        "dataset_texts",
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("text_key", sa.Text(), nullable=False),
        sa.Column("golden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_dataset_texts_project_id"),
        sa.PrimaryKeyConstraint("project_id", "text_key", name="pk_dataset_texts"),
        sa.UniqueConstraint("project_id", "text_key", "golden", name="uq_dataset_texts_project_id_text_key_golden"),
    )
    op.create_table(
        "dataset_versions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("golden", sa.Boolean(), nullable=False),
        sa.Column("lineage", sa.JSON(), nullable=False),
        sa.Column("splits", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name="ck_dataset_versions_name"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_dataset_versions_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_versions"),
        sa.UniqueConstraint("project_id", "address", name="uq_dataset_versions_project_id_address"),
        sa.UniqueConstraint("project_id", "id", "golden", name="uq_dataset_versions_project_id_id_golden"),
        sa.UniqueConstraint("project_id", "id", name="uq_dataset_versions_project_id_id"),
    )
    op.create_table(
        "documents",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("meta", sa.JSON(), nullable=False),
        sa.Column("tokens", sa.JSON(), nullable=True),
        sa.Column("sentences", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 500", name="ck_documents_key"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_documents_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("project_id", "id", name="uq_documents_project_id_id"),
        sa.UniqueConstraint("project_id", "key", name="uq_documents_project_id_key"),
    )
    op.create_table(
        "label_sets",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_label_sets_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_label_sets"),
        sa.UniqueConstraint("project_id", "id", name="uq_label_sets_project_id_id"),
        sa.UniqueConstraint("project_id", "number", name="uq_label_sets_project_id_number"),
    )
    op.create_table(
        "memberships",
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "annotator",
                "reviewer",
                "expert",
                "lead",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("skills", sa.JSON(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_memberships_project_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_memberships_user_id"),
        sa.PrimaryKeyConstraint("project_id", "user_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_tokens_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("hash", name="uq_tokens_hash"),
    )
    op.create_index("ix_tokens_user_id", "tokens", ["user_id"], unique=False)
    op.create_table(
        "dataset_documents",
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("text_key", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("golden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "text_key", "golden"],
            ["dataset_texts.project_id", "dataset_texts.text_key", "dataset_texts.golden"],
            name="fk_dataset_documents_text",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "version_id", "golden"],
            ["dataset_versions.project_id", "dataset_versions.id", "dataset_versions.golden"],
            name="fk_dataset_documents_version",
        ),
        sa.PrimaryKeyConstraint("version_id", "key", name="pk_dataset_documents"),
    )
    op.create_index("ix_dataset_documents_text", "dataset_documents", ["project_id", "text_key"], unique=False)
    op.create_table(
        "guideline_versions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label_set_id", BIG_ID, nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_guideline_versions_author_id"),
        sa.ForeignKeyConstraint(
            ["project_id", "label_set_id"],
            ["label_sets.project_id", "label_sets.id"],
            name="fk_guideline_versions_project_id_label_set_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_guideline_versions"),
        sa.UniqueConstraint("project_id", "id", name="uq_guideline_versions_project_id_id"),
        sa.UniqueConstraint("project_id", "number", name="uq_guideline_versions_project_id_number"),
    )
    op.create_table(
        "model_versions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("dataset_version_id", BIG_ID, nullable=True),
        sa.Column("guideline_version_id", BIG_ID, nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lineage", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "dataset_version_id"],
            ["dataset_versions.project_id", "dataset_versions.id"],
            name="fk_model_versions_project_id_dataset_version_id",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "guideline_version_id"],
            ["guideline_versions.project_id", "guideline_versions.id"],
            name="fk_model_versions_project_id_guideline_version_id",
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_model_versions_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_model_versions"),
        sa.UniqueConstraint("project_id", "id", name="uq_model_versions_project_id_id"),
        sa.UniqueConstraint("project_id", "number", name="uq_model_versions_project_id_number"),
    )
    op.create_table(
        "aliases",
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model_version_id", BIG_ID, nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "model_version_id"],
            ["model_versions.project_id", "model_versions.id"],
            name="fk_aliases_project_id_model_version_id",
        ),
        sa.PrimaryKeyConstraint("project_id", "name", name="pk_aliases"),
    )

    triggers.append_only(APPEND_ONLY)
    columns = "project_id, key, text, tokens, sentences"
    triggers.refuse_row(f"UPDATE OF {columns}", "documents", when="true", message="a text is never changed")
    if op.get_context().dialect.name == "sqlite":  # PostgreSQL refuses it by itself
        triggers.refuse_insert("documents", when="instr({new}.text, char(0)) > 0", message="the text holds a NUL")


def downgrade() -> None:
    """Remove the tables and the rules."""
    op.drop_table("aliases")
    op.drop_table("model_versions")
    op.drop_table("guideline_versions")
    op.drop_table("dataset_documents")
    op.drop_table("tokens")
    op.drop_table("memberships")
    op.drop_table("label_sets")
    op.drop_table("documents")
    op.drop_table("dataset_versions")
    op.drop_table("dataset_texts")
    op.drop_table("audit_log")
    op.drop_table("users")
    op.drop_table("projects")
    triggers.drop_functions("append_only", "documents_before_update")
