"""What runs by itself: jobs, triggers, routing with its audits, and live models."""

import sqlalchemy as sa
from alembic import op

from livener.store import triggers

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("job_notes", "trigger_events", "routing_versions")
_MOVED = (
    "NEW.id <> OLD.id OR NEW.project_id <> OLD.project_id OR NEW.document_id <> OLD.document_id"
    " OR COALESCE(NEW.prediction_id, 0) <> COALESCE(OLD.prediction_id, 0){unless}"
    " OR (NEW.state <> OLD.state OR NEW.events <> OLD.events) AND NOT EXISTS (SELECT 1 FROM task_events"
    " WHERE task_events.task_id = NEW.id AND task_events.number = NEW.events"
    " AND task_events.after = NEW.state AND NEW.events = OLD.events + 1)"
)


def upgrade() -> None:
    """Make the tables, then the rules."""
    _jobs()
    _triggers()
    _routing()
    op.create_table(
        "live_models",
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("annotation_id", BIG_ID, nullable=False),
        sa.Column("sentences", sa.Integer(), nullable=False),
        sa.Column("refreshed", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_live_models_project_id"),
        sa.PrimaryKeyConstraint("project_id", name="pk_live_models"),
    )
    triggers.append_only(APPEND_ONLY)
    # Who was shown a pre-annotation answers to that one: it may be made anew only while nobody began.
    _rule_of_tasks(" AND (OLD.state <> 'open' OR OLD.given <> 0)", "only an event moves a task with its document")


def _jobs() -> None:
    under_way = sa.text("state IN ('queued', 'running')")
    op.create_table(
        "jobs",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", _one_of("state", "queued", "running", "done", "failed", "cancelled"), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("cancel", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL)", name="ck_jobs_ended"
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_jobs_project_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_jobs_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("project_id", "id", name="uq_jobs_project_id_id"),
    )
    op.create_index(
        "uq_jobs_key",
        "jobs",
        ["project_id", "key"],
        unique=True,
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "id"], unique=False)
    op.create_table(
        "job_notes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_notes_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job_notes"),
    )
    op.create_index("ix_job_notes_job_id", "job_notes", ["job_id"], unique=False)


def _triggers() -> None:
    op.create_table(
        "triggers",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("mode", _one_of("mode", "on", "dry", "off"), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name="ck_triggers_name"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_triggers_author_id"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_triggers_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_triggers"),
        sa.UniqueConstraint("project_id", "id", name="uq_triggers_project_id_id"),
        sa.UniqueConstraint("project_id", "name", name="uq_triggers_project_id_name"),
    )
    op.create_table(
        "trigger_events",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("trigger_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("job_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "trigger_id"],
            ["triggers.project_id", "triggers.id"],
            name="fk_trigger_events_project_id_trigger_id",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "job_id"], ["jobs.project_id", "jobs.id"], name="fk_trigger_events_project_id_job_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_trigger_events"),
    )
    op.create_index("ix_trigger_events_trigger", "trigger_events", ["trigger_id", "at"], unique=False)
    op.create_index("ix_trigger_events_project", "trigger_events", ["project_id", "id"], unique=False)


def _routing() -> None:
    op.create_table(
        "routing_versions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("model_version_id", BIG_ID, nullable=False),
        sa.Column("routing", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "model_version_id"],
            ["model_versions.project_id", "model_versions.id"],
            name="fk_routing_versions_project_id_model_version_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_routing_versions"),
        sa.UniqueConstraint("project_id", "id", name="uq_routing_versions_project_id_id"),
    )
    op.create_index("ix_routing_versions_model", "routing_versions", ["model_version_id", "id"], unique=False)
    op.create_table(
        "audits",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("task_id", BIG_ID, nullable=False),
        sa.Column("routing_version_id", BIG_ID, nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint('0 <= start AND start < "end"', name="ck_audits_range"),
        sa.CheckConstraint('("right" IS NULL) = (at IS NULL)', name="ck_audits_settled"),
        sa.ForeignKeyConstraint(
            ["project_id", "task_id"], ["tasks.project_id", "tasks.id"], name="fk_audits_project_id_task_id"
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "routing_version_id"],
            ["routing_versions.project_id", "routing_versions.id"],
            name="fk_audits_project_id_routing_version_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audits"),
    )
    op.create_index("ix_audits_task", "audits", ["task_id"], unique=False)
    op.create_index("ix_audits_project", "audits", ["project_id", "at"], unique=False)


def downgrade() -> None:
    """Remove the tables, and put the old rule back."""
    _rule_of_tasks("", "only an event moves a task, and it stays with its document")
    for table in (*("live_models", "audits", "routing_versions", "trigger_events", "triggers", "job_notes", "jobs"),):
        op.drop_table(table)


def _rule_of_tasks(unless: str, message: str) -> None:
    op.execute(triggers.by_database(sqlite=_DROP, postgresql=f"{_DROP} ON tasks"))
    triggers.drop_functions("tasks_before_update")
    triggers.refuse_row(
        "UPDATE OF id, project_id, document_id, prediction_id, state, events",
        "tasks",
        when=_MOVED.format(unless=unless),
        message=message,
    )


_DROP = "DROP TRIGGER tasks_before_update"


def _one_of(name: str, *choices: str) -> sa.Enum:
    return sa.Enum(*choices, name=name, native_enum=False, create_constraint=True, length=32)
