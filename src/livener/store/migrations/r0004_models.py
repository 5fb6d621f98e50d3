"""Which model serves, and why: gates, moves of aliases, examples that a model must pass."""

import sqlalchemy as sa
from alembic import op

from livener.store import triggers

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("gate_reports", "alias_moves")


def upgrade() -> None:
    """Make the tables, then the rules."""
    op.create_table(
        "gate_reports",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("model_version_id", BIG_ID, nullable=False),
        sa.Column("against_id", BIG_ID, nullable=True),
        sa.Column("dataset_version_id", BIG_ID, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "model_version_id"],
            ["model_versions.project_id", "model_versions.id"],
            name="fk_gate_reports_project_id_model_version_id",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "against_id"],
            ["model_versions.project_id", "model_versions.id"],
            name="fk_gate_reports_project_id_against_id",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "dataset_version_id"],
            ["dataset_versions.project_id", "dataset_versions.id"],
            name="fk_gate_reports_project_id_dataset_version_id",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_gate_reports_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gate_reports"),
    )
    op.create_index("ix_gate_reports_model", "gate_reports", ["project_id", "model_version_id"], unique=False)
    op.create_table(
        "alias_moves",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("model_version_id", BIG_ID, nullable=False),
        sa.Column("before_id", BIG_ID, nullable=True),
        sa.Column("rollback", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name="ck_alias_moves_reason"),
        sa.ForeignKeyConstraint(
            ["project_id", "model_version_id"],
            ["model_versions.project_id", "model_versions.id"],
            name="fk_alias_moves_project_id_model_version_id",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "before_id"],
            ["model_versions.project_id", "model_versions.id"],
            name="fk_alias_moves_project_id_before_id",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_alias_moves_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alias_moves"),
    )
    op.create_index("ix_alias_moves_alias", "alias_moves", ["project_id", "alias"], unique=False)
    op.create_table(
        "regressions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("negatives", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_regressions_author_id"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_regressions_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_regressions"),
    )
    op.create_index("ix_regressions_project", "regressions", ["project_id", "id"], unique=False)

    triggers.append_only(APPEND_ONLY)


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("regressions")
    op.drop_table("alias_moves")
    op.drop_table("gate_reports")
