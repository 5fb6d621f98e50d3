"""How good the versions are that served, by what gates said of them on the golden set."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.learning.models import PRODUCTION
from livener.store.models import AliasMove, GateReport, ModelVersion

ALL = "*"
"""The name under which the scores over all labels stand."""


def served(session: Session, project: int, *, since: datetime, until: datetime) -> Iterator[Mapping[str, Any]]:
    """The versions that were production in ``[since, until)``, each from when on in that time, oldest first: their
    ``number``, and what the last gate that judged them found, in so many ``documents``: precision, recall, F1 and
    support of all labels and of each. A version that no gate judged is left out."""
    move = AliasMove
    asked = select(move.at, move.model_version_id, ModelVersion.number)
    asked = asked.join(ModelVersion, ModelVersion.id == move.model_version_id)
    mine = asked.where(move.project_id == project, move.alias == PRODUCTION)
    before = session.execute(mine.where(move.at < since).order_by(move.at.desc(), move.id.desc()).limit(1)).all()
    then = session.execute(mine.where(move.at >= since, move.at < until).order_by(move.at, move.id)).all()
    for at, model, number in (*before, *then):
        gate = GateReport
        last = select(gate.report).where(gate.project_id == project, gate.model_version_id == model)
        report = session.scalar(last.where(gate.at < until).order_by(gate.at.desc(), gate.id.desc()).limit(1))
        if report:
            labels = {ALL: report["scores"]["strict"], **report["scores"]["labels"]}
            yield {"at": max(at, since), "number": number, "documents": report["documents"], "labels": labels}
