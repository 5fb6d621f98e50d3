"""The documents of production that were drawn for people to look at, and for how many each stands."""

import sqlalchemy as sa
from alembic import op

from livener.store import triggers

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, then the rule."""
    op.create_table(
        "drawn",
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("model", sa.Integer(), nullable=True),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.CheckConstraint("weight > 0", name="ck_drawn_weight"),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id"],
            ["documents.project_id", "documents.id"],
            name="fk_drawn_project_id_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "job_id"], ["jobs.project_id", "jobs.id"], name="fk_drawn_project_id_job_id"
        ),
        sa.PrimaryKeyConstraint("job_id", "document_id", name="pk_drawn"),
    )
    op.create_index("ix_drawn_day", "drawn", ["project_id", "day"], unique=False)
    triggers.append_only(("drawn",))


def downgrade() -> None:
    """Take the table away again."""
    op.drop_table("drawn")
