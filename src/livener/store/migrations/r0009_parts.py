"""Questions about a part of a text: which part a task asks for, and which an annotation answers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: no rule of a trigger is about them."""
    op.add_column("tasks", sa.Column("parts", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("annotations", sa.Column("known", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Take them away again, and what was known of parts with them: the spans stay."""
    op.drop_column("annotations", "known")
    op.drop_column("tasks", "parts")
