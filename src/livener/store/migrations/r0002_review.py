"""The review: tasks and what became of them, what people said, how it differs from the model."""

import sqlalchemy as sa
from alembic import op

from livener.store import triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("predictions", "task_events", "annotations", "annotation_spans", "corrections")


def upgrade() -> None:
    """Make the tables, then the rules."""
    op.create_table(
        "predictions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("model_version_id", BIG_ID, nullable=True),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id"],
            ["documents.project_id", "documents.id"],
            name="fk_predictions_project_id_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "model_version_id"],
            ["model_versions.project_id", "model_versions.id"],
            name="fk_predictions_project_id_model_version_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
        sa.UniqueConstraint("document_id", "id", name="uq_predictions_document_id_id"),
    )
    op.create_table(
        "tasks",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("prediction_id", BIG_ID, nullable=True),
        sa.Column(
            "tier",
            sa.Enum(
                "annotator", "reviewer", "expert", name="tier", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "leased",
                "submitted",
                "in_review",
                "disputed",
                "escalated",
                "resolved",
                "rejected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("document", "question", name="kind", native_enum=False, create_constraint=True, length=32),
            server_default="document",
            nullable=False,
        ),
        sa.Column("overlap", sa.Integer(), server_default="1", nullable=False),
        sa.Column("given", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_after", BIG_ID, server_default="0", nullable=False),
        sa.Column("skill", sa.Text(), server_default="", nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("assignee_id", BIG_ID, nullable=True),
        sa.Column("question", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("begun", sa.Boolean(), sa.Computed("given > 0", persisted=True), nullable=False),
        sa.Column("rank", sa.Double(), sa.Computed("-priority", persisted=True), nullable=False),
        sa.CheckConstraint("(kind = 'question') = (question IS NOT NULL)", name="ck_tasks_question"),
        sa.CheckConstraint("0 <= given", name="ck_tasks_given"),
        sa.CheckConstraint("overlap >= 1", name="ck_tasks_overlap"),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name="fk_tasks_assignee_id"),
        sa.ForeignKeyConstraint(
            ["document_id", "prediction_id"],
            ["predictions.document_id", "predictions.id"],
            name="fk_tasks_document_id_prediction_id",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id"],
            ["documents.project_id", "documents.id"],
            name="fk_tasks_project_id_document_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.UniqueConstraint("project_id", "id", name="uq_tasks_project_id_id"),
    )
    op.create_index("ix_tasks_batch", "tasks", ["project_id", "batch"], unique=False)
    op.create_index("ix_tasks_document", "tasks", ["document_id"], unique=False)
    op.create_index(
        "ix_tasks_queue",
        "tasks",
        ["project_id", "state", "tier", "kind", "assignee_id", "skill", "begun", "rank", "id"],
        unique=False,
    )
    op.create_table(
        "annotations",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("task_id", BIG_ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("guideline_version_id", BIG_ID, nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("spans", sa.Integer(), nullable=False),
        sa.Column("active_seconds", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "annotator", "reviewer", "expert", name="tier", native_enum=False, create_constraint=True, length=32
            ),
            server_default="annotator",
            nullable=False,
        ),
        sa.Column("ignored", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("prediction_id", BIG_ID, nullable=True),
        sa.CheckConstraint("revision >= 1", name="ck_annotations_revision"),
        sa.CheckConstraint("spans >= 0", name="ck_annotations_spans"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_annotations_author_id"),
        sa.ForeignKeyConstraint(["prediction_id"], ["predictions.id"], name="fk_annotations_prediction_id"),
        sa.ForeignKeyConstraint(
            ["project_id", "guideline_version_id"],
            ["guideline_versions.project_id", "guideline_versions.id"],
            name="fk_annotations_project_id_guideline_version_id",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "task_id"], ["tasks.project_id", "tasks.id"], name="fk_annotations_project_id_task_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_annotations"),
        sa.UniqueConstraint("task_id", "revision", name="uq_annotations_task_id_revision"),
    )
    op.create_index("ix_annotations_author_id", "annotations", ["author_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("task_id", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_comments_author_id"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_comments_task_id"),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
    )
    op.create_index("ix_comments_task_id", "comments", ["task_id"], unique=False)
    op.create_table(
        "leases",
        sa.Column("task_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_leases_task_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_leases_user_id"),
        sa.PrimaryKeyConstraint("task_id", name="pk_leases"),
    )
    op.create_index("ix_leases_expires_at", "leases", ["expires_at"], unique=False)
    op.create_index("ix_leases_user_id", "leases", ["user_id"], unique=False)
    op.create_table(
        "task_events",
        sa.Column("task_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "before",
            sa.Enum(
                "open",
                "leased",
                "submitted",
                "in_review",
                "disputed",
                "escalated",
                "resolved",
                "rejected",
                name="before",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "after",
            sa.Enum(
                "open",
                "leased",
                "submitted",
                "in_review",
                "disputed",
                "escalated",
                "resolved",
                "rejected",
                name="after",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("annotation_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["annotation_id"], ["annotations.id"], name="fk_task_events_annotation_id"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_task_events_task_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_task_events_user_id"),
        sa.PrimaryKeyConstraint("task_id", "number", name="pk_task_events"),
    )
    op.create_index("ix_task_events_user", "task_events", ["user_id", "at"], unique=False)
    op.create_table(
        "annotation_spans",
        sa.Column("annotation_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("negative", sa.Boolean(), nullable=False),
        sa.Column("kb_id", sa.Text(), nullable=True),
        sa.CheckConstraint('0 <= start AND start < "end"', name="ck_annotation_spans_range"),
        sa.ForeignKeyConstraint(["annotation_id"], ["annotations.id"], name="fk_annotation_spans_annotation_id"),
        sa.PrimaryKeyConstraint("annotation_id", "number", name="pk_annotation_spans"),
    )
    op.create_table(
        "corrections",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("annotation_id", BIG_ID, nullable=False),
        sa.Column("prediction_id", BIG_ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "false_positive",
                "false_negative",
                "boundary",
                "label",
                "boundary_and_label",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("predicted_start", sa.Integer(), nullable=True),
        sa.Column("predicted_end", sa.Integer(), nullable=True),
        sa.Column("predicted_label", sa.Text(), nullable=True),
        sa.Column("final_start", sa.Integer(), nullable=True),
        sa.Column("final_end", sa.Integer(), nullable=True),
        sa.Column("final_label", sa.Text(), nullable=True),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(predicted_start IS NULL) = (kind = 'false_negative')"
            " AND (predicted_end IS NULL) = (kind = 'false_negative')"
            " AND (predicted_label IS NULL) = (kind = 'false_negative')"
            " AND (final_start IS NULL) = (kind = 'false_positive')"
            " AND (final_end IS NULL) = (kind = 'false_positive')"
            " AND (final_label IS NULL) = (kind = 'false_positive')",
            name="ck_corrections_sides",
        ),
        sa.CheckConstraint("0 <= final_start AND final_start < final_end", name="ck_corrections_final_range"),
        sa.CheckConstraint(
            "0 <= predicted_start AND predicted_start < predicted_end", name="ck_corrections_predicted_range"
        ),
        sa.ForeignKeyConstraint(["annotation_id"], ["annotations.id"], name="fk_corrections_annotation_id"),
        sa.ForeignKeyConstraint(["prediction_id"], ["predictions.id"], name="fk_corrections_prediction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_annotation_id", "corrections", ["annotation_id"], unique=False)
    op.create_index("ix_corrections_prediction", "corrections", ["prediction_id"], unique=False)

    triggers.append_only(APPEND_ONLY)
    start, end = (
        triggers.by_database(
            sqlite=f"json_extract(span.value, '$.{side}')", postgresql=f"(span.value ->> '{side}')::int"
        )
        for side in ("start", "end")
    )
    each = triggers.by_database(
        sqlite="json_each({new}.spans) AS span", postgresql="json_array_elements({new}.spans) AS span(value)"
    )
    triggers.refuse_insert(
        "predictions",
        of=f"documents, {each}",
        when=f"documents.id = {{new}}.document_id"
        f" AND (0 <= {start} AND {start} < {end} AND {end} <= length(documents.text)) IS NOT TRUE",
        message="a span is not inside the text",
    )
    triggers.refuse_insert(
        "tasks", when="{new}.state <> 'open' OR {new}.events <> 0 OR {new}.given <> 0", message="a task begins open"
    )
    _task_states()
    labels = triggers.by_database(
        sqlite="SELECT key FROM json_each(label_sets.labels)", postgresql="SELECT json_object_keys(label_sets.labels)"
    )
    triggers.refuse_insert(
        "annotation_spans",
        of="annotations JOIN tasks ON tasks.id = annotations.task_id"
        " JOIN documents ON documents.id = tasks.document_id"
        " JOIN guideline_versions ON guideline_versions.id = annotations.guideline_version_id"
        " JOIN label_sets ON label_sets.id = guideline_versions.label_set_id",
        when='annotations.id = {new}.annotation_id AND (length({new}.surface) = {new}."end" - {new}.start'
        ' AND substr(documents.text, {new}.start + 1, {new}."end" - {new}.start) = {new}.surface'
        " AND {new}.number BETWEEN 0 AND annotations.spans - 1"
        f" AND {{new}}.label IN ({labels})) IS NOT TRUE",
        message="outside the text, not its slice, one too many, or not of the label set",
    )
    triggers.refuse_insert(
        "corrections",
        of="predictions, annotations JOIN tasks ON tasks.id = annotations.task_id"
        " JOIN documents ON documents.id = tasks.document_id",
        when="predictions.id = {new}.prediction_id AND annotations.id = {new}.annotation_id"
        " AND (predictions.document_id = documents.id"
        " AND COALESCE({new}.predicted_end, 0) <= length(documents.text)"
        " AND COALESCE({new}.final_end, 0) <= length(documents.text)"
        " AND substr(documents.text, COALESCE({new}.predicted_start, {new}.final_start) + 1,"
        " COALESCE({new}.predicted_end - {new}.predicted_start, {new}.final_end - {new}.final_start))"
        " = {new}.surface) IS NOT TRUE",
        message="of another document, outside the text, or not its slice",
    )


def _task_states() -> None:
    """A task's state is where its last event led, whoever writes; of two that race for one event, one loses."""
    triggers.refuse_row(
        "INSERT",
        "task_events",
        when="NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.id = NEW.task_id"
        " AND tasks.state = NEW.before AND tasks.events = NEW.number - 1)",
        message="does not begin where the last one ended",
    )
    triggers.refuse_row(
        "UPDATE OF id, project_id, document_id, prediction_id, state, events",
        "tasks",
        when="NEW.id <> OLD.id OR NEW.project_id <> OLD.project_id OR NEW.document_id <> OLD.document_id"
        " OR COALESCE(NEW.prediction_id, 0) <> COALESCE(OLD.prediction_id, 0)"
        " OR (NEW.state <> OLD.state OR NEW.events <> OLD.events) AND NOT EXISTS (SELECT 1 FROM task_events"
        " WHERE task_events.task_id = NEW.id AND task_events.number = NEW.events"
        " AND task_events.after = NEW.state AND NEW.events = OLD.events + 1)",
        message="only an event moves a task, and it stays with its document",
    )
    triggers.after_insert(
        "task_events", do="UPDATE tasks SET state = NEW.after, events = NEW.number WHERE tasks.id = NEW.task_id"
    )


def downgrade() -> None:
    """Remove the tables and the rules."""
    op.drop_table("corrections")
    op.drop_table("annotation_spans")
    op.drop_table("leases")
    op.drop_table("comments")
    op.drop_table("task_events")
    op.drop_table("annotations")
    op.drop_table("tasks")
    op.drop_table("predictions")
    triggers.drop_functions(
        "predictions_refuse",
        "tasks_refuse",
        "tasks_before_update",
        "task_events_before_insert",
        "task_events_then",
        "annotation_spans_refuse",
        "corrections_refuse",
    )
