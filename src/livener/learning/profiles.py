"""Profiles: named ways to serve, such as a fast `search` and a precise `analytics`, in the settings of a project."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livener.errors import InputError
from livener.learning.models import PRODUCTION
from livener.text import Document, Span

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Profile(BaseModel):
    """Which model answers, and which of its spans are given (``Project.settings["profiles"][name]``).

    ``alias`` is the alias whose model and pipeline answer; ``thresholds`` maps a label, or ``"*"`` for all
    others, to the lowest score of a span that is given; ``labels`` names those that are given.

    >>> profile = Profile(thresholds={"*": 0.5, "PER": 0.9})
    >>> [span.label for span in profile.kept((Span(0, 3, "PER", 0.8), Span(4, 7, "ORG", 0.8)))]
    ['ORG']
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    alias: str = PRODUCTION
    thresholds: dict[str, Share] = {}
    labels: frozenset[str] | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any], name: str) -> Self:
        """That of a project's settings.

        Raises:
            InputError: there is no profile of this name, or it is none.
        """
        profiles = settings.get("profiles", {})
        if not isinstance(profiles, Mapping) or name not in profiles:
            known = " | ".join(profiles) if isinstance(profiles, Mapping) else ""
            raise InputError(f"no profile {name!r}", fix=known or "a table `profiles` in the settings of the project")
        try:
            return cls.model_validate(profiles[name])
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, ("profiles", name, *first["loc"])))
            raise InputError(first["msg"], where=where, fix=f"keys: {', '.join(cls.model_fields)}") from None

    @property
    def gives_all(self) -> bool:
        """Whether nothing is held back."""
        return not self.thresholds and self.labels is None

    def kept(self, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        """The spans that are given."""
        return tuple(span for span in spans if self._gives(span))

    def applied(self, document: Document) -> Document:
        """The document with the spans that are given."""
        return document if self.gives_all else document.with_spans(self.kept(document.spans))

    def _gives(self, span: Span) -> bool:
        if self.labels is not None and span.label not in self.labels:
            return False
        lowest = self.thresholds.get(span.label, self.thresholds.get("*", 0.0))
        return span.score is None or span.score >= lowest
