"""The prompt: a versioned template, the guidelines, and examples of experts."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from livener.errors import InputError
from livener.formats import Report, jsonl
from livener.text import Document, Sentence, Span

EXTRACT, REFINE = "extract.v1", "refine.v1"
_HEADING = re.compile(r"^##[ \t]+(\S+)[ \t#]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is told before it sees a text.

    ``template`` names the version of the frame, ``examples`` are sentences with the spans that are right. The same
    prompt has the same ``version``.

    >>> example = Document("Acme fell.", spans=(Span(0, 4, "ORG"),))
    >>> prompt = Prompt("extract.v1", ("ORG",), "## ORG\\n\\nCompanies.", (example,))
    >>> print("\\n".join(prompt.system().splitlines()[-2:]))
    Text: Acme fell.
    Answer: {"entities": [{"before": "", "text": "Acme", "label": "ORG"}]}
    """

    template: str
    labels: tuple[str, ...]
    guidelines: str = ""
    examples: tuple[Document, ...] = ()

    def system(self) -> str:
        """The whole text.

        Raises:
            InputError: this livener has no such template.
        """
        file = files("livener.recognizers.llm") / "prompts" / f"{self.template}.md"
        if not re.fullmatch(r"[a-z]+\.v\d+", self.template) or not file.is_file():
            raise InputError(f"llm: no template {self.template!r}", fix=f"{EXTRACT} | {REFINE}")
        shown = [f"Text: {one.text}\nAnswer: {_answer(one)}" for one in self.examples]
        return (
            file.read_text(encoding="utf-8")
            .format(
                labels=", ".join(self.labels),
                guidelines=self.guidelines.strip() or "None: the labels say what is meant.",
                examples="\n# Examples\n\n" + "\n\n".join(shown) if shown and self.template == EXTRACT else "",
            )
            .strip()
        )

    @property
    def version(self) -> str:
        """A hash of the whole text."""
        return hashlib.sha256(self.system().encode()).hexdigest()[:12]

    def with_examples(self, sentences: Sequence[Sentence], count: int) -> "Prompt":
        """The same with up to ``count`` of the annotated sentences, chosen so that every label is shown."""
        return replace(self, examples=tuple(chosen(sentences, self.labels, count)))

    def save(self, folder: Path) -> None:
        """Write ``prompt.json``, and ``prompt.md``, the whole text, for people and their version control."""
        record: dict[str, Any] = {
            "template": self.template,
            "version": self.version,
            "labels": self.labels,
            "guidelines": self.guidelines,
            "examples": [jsonl.record_of(one) for one in self.examples],
        }
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        (folder / "prompt.json").write_text(text, encoding="utf-8")
        (folder / "prompt.md").write_text(self.system() + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Prompt":
        """Read what `save` wrote."""
        file = folder / "prompt.json"
        record = json.loads(file.read_text(encoding="utf-8"))
        examples = [jsonl.document_of(one, "", str(file), Report()) for one in record["examples"]]
        return cls(record["template"], tuple(record["labels"]), record["guidelines"], tuple(examples))


def labels_of(guidelines: str) -> tuple[str, ...]:
    """The labels that have a section.

    >>> labels_of("# How\\n\\n## ORG\\n\\nCompanies.\\n\\n## PERSON\\n")
    ('ORG', 'PERSON')
    """
    return tuple(dict.fromkeys(_HEADING.findall(guidelines)))


def chosen(sentences: Sequence[Sentence], labels: Sequence[str], count: int) -> list[Document]:
    """Sentences as examples: first those that show labels that were shown least, then shorter ones.

    The last of four or more is one in which there is nothing to find, where there is such a one.
    """
    rich: list[Document] = []
    empty: list[Document] = []
    for sentence in sentences:
        start, end = sentence.original(0, len(sentence.text)) if sentence.text else (0, 0)
        if not start < end or not sentence.document.complete:
            continue
        spans = [s for s in sentence.document.spans if start <= s.start and s.end <= end and s.label in labels]
        moved = tuple(Span(s.start - start, s.end - start, s.label) for s in spans)
        (rich if moved else empty).append(Document(sentence.document.text[start:end], spans=moved))
    shown: Counter[str] = Counter()
    found: list[Document] = []
    rich.sort(key=lambda one: (len(one.text), one.text))
    room = count - (1 if empty and count >= 4 else 0)
    while rich and len(found) < room:
        best = max(
            rich, key=lambda one: sum(1.0 / (1 + shown[s.label]) for s in one.spans) / (1 + len(one.text) / 200)
        )
        rich.remove(best)
        found.append(best)
        shown.update({span.label for span in best.spans})
    if room < count:
        found.append(min(empty, key=lambda one: (abs(len(one.text) - 60), one.text)))
    return found


def _answer(document: Document) -> str:
    entities = [
        {"before": before(document.text, span.start), "text": span.text, "label": span.label}
        for span in document.spans
    ]
    return json.dumps({"entities": entities}, ensure_ascii=False)


def before(text: str, place: int) -> str:
    """The two words in front of a place.

    >>> before("the firm of Acme", 12)
    'firm of'
    """
    return " ".join(text[max(0, place - 60) : place].split()[-2:])
