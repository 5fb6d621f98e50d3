"""The rules of a project: who annotates how often, and what goes up to a reviewer."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livener.errors import InputError
from livener.store.models import ErrorType

Share = Annotated[float, Field(ge=0.0, le=1.0)]
_GRAVE = {ErrorType.FALSE_NEGATIVE, ErrorType.LABEL, ErrorType.BOUNDARY_AND_LABEL}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReviewRules(_Strict):
    """What sends a submitted task up to a reviewer.

    ``labels`` and ``sources`` (of predicted spans) name those that always go up; ``confidence_below`` a predicted
    score under which a span does; ``label_kappa_below`` a label whose annotators agree less than that; ``share`` a
    random part of all tasks.
    """

    disagreement: bool = True
    flag: bool = True
    labels: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    confidence_below: Share | None = None
    label_kappa_below: Share | None = None
    share: Share = 0.0


class Rules(_Strict):
    """The review settings of a project (``Project.settings["review"]``).

    ``overlap`` is how many people annotate a task; ``kappa_limit`` blocks training while the agreement of a label is
    under it; ``idle_seconds`` without a key or a click end active time; ``severity`` maps a label (or ``"*"``) and an
    error type to how much a correction weighs.

    >>> Rules.of({"review": {"overlap": 2}}).overlap
    2
    >>> Rules().severity_of("PER", ErrorType.LABEL)
    2
    """

    overlap: Annotated[int, Field(ge=1, le=100)] = 1
    lease_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 30.0
    idle_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    strategy: Literal["weighted", "majority", "tier"] = "weighted"
    kappa_limit: Share | None = None
    up: ReviewRules = ReviewRules()
    severity: dict[str, dict[ErrorType, Annotated[int, Field(ge=0, le=10)]]] = {}

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Rules":
        """Those of a project's settings.

        Raises:
            InputError: an unknown key or a value out of its range.
        """
        try:
            return cls.model_validate(settings.get("review", {}))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, ("review", *first["loc"])))
            raise InputError(first["msg"], where=where, fix=f"keys: {', '.join(cls.model_fields)}") from None

    def severity_of(self, label: str, kind: ErrorType) -> int:
        """How much a correction weighs: by the label's own rule, else that of ``"*"``, else 2 (grave) or 1."""
        for key in (label, "*"):
            if (weight := self.severity.get(key, {}).get(kind)) is not None:
                return weight
        return 2 if kind in _GRAVE else 1
