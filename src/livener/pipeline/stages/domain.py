"""Which domain a document is from, and what is to be done with those from none that is known."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from livener.errors import InputError
from livener.pipeline.batch import Batch
from livener.pipeline.domains import UNKNOWN
from livener.pipeline.encoded_domains import read


@dataclass(frozen=True, slots=True)
class DomainGate:
    """Tell the domain of each document, as ``domain`` in its metadata, and stop those of the domains in ``refuse``.

    ``classifier`` is a folder that `livener domains` wrote. ``"unknown"`` is a text of none of its domains. A refused
    document gets no spans, and ``gate`` in its metadata; one of another domain can be left to an engine of its own
    by ``domains`` of `recognise.v1`. Where nothing is refused, documents are only marked. A document that says its
    domain itself keeps it. Idempotent.
    """

    name: ClassVar[str] = "domain.v1"
    requires: ClassVar[frozenset[str]] = frozenset({"texts"})
    assigns: ClassVar[frozenset[str]] = frozenset({"texts"})
    classifier: Path
    refuse: tuple[str, ...] = ()
    domains: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        domains = read(self.classifier)
        if odd := sorted(set(self.refuse) - {*domains.names, UNKNOWN}):
            raise InputError(f"domain: no domain {odd[0]!r}", fix=" | ".join((*domains.names, UNKNOWN)))
        object.__setattr__(self, "domains", domains)

    def __call__(self, batch: Batch) -> Batch:
        texts, notes = list(batch.texts), dict(batch.notes)
        found = self.domains([document.text for document in batch.documents])
        for i, (document, one) in enumerate(zip(batch.documents, found, strict=True)):
            name = str(document.meta.get("domain") or one.name)
            note: dict[str, Any] = {"domain": name, "domain_unknown": round(one.unknown, 4)}
            if name in self.refuse:
                texts[i] = ("", None)
                note["gate"] = f"domain {name}"
            notes[i] = {**notes.get(i, {}), **note}
        return replace(batch, texts=texts, notes=notes)
