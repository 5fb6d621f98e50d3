"""The engine: passages out, entities in, aligned and held to the sentences."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from livener.errors import InputError
from livener.recognizers.base import Progress, Recognizer
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.llm.answers import Decision, Decisions, Entities, placed, places_of
from livener.recognizers.llm.asking import Asking, Estimate
from livener.recognizers.llm.client import LLMClient, OpenAIClient
from livener.recognizers.llm.prompt import EXTRACT, REFINE, Prompt, labels_of
from livener.recognizers.llm.settings import ENVIRONMENT, LlmSettings
from livener.recognizers.registry import get
from livener.recognizers.settings import parse_settings
from livener.text import Sentence, Span

Group = list[int]  # positions of sentences that are asked about together
_SOURCE = "llm"


class Llm:
    """Named entities by a language model: without training, from guidelines; with examples; or as a second reader.

    Text leaves this machine only for an endpoint that the user names: in the settings of `create`, or, for a model
    that was saved, in the environment variable ``LIVENER_LLM_ENDPOINT``. `fit` trains nothing: it takes examples
    from the training documents into the prompt, and measures on ``dev`` how often a span of each label is right,
    which is its score. ``counts``: requests, tokens, retries, and what was rejected, by the reason.

    >>> Llm.create({"endpoint": "http://localhost:8000/v1", "model": "small", "labels": ["ORG"]}).labels
    ('ORG',)
    """

    name: ClassVar[str] = "llm.v1"

    def __init__(
        self,
        settings: LlmSettings,
        prompt: Prompt,
        *,
        fast: Recognizer | None = None,
        scores: Mapping[str, float] | None = None,
        client: LLMClient | None = None,
        named: bool = True,
    ) -> None:
        self.settings, self.prompt, self.fast = settings, prompt, fast
        self.scores = dict(scores or {})
        self._client, self._named = client, named
        self._asking: Asking | None = None

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """From settings, see `LlmSettings`.

        Raises:
            InputError: one is missing, unknown or wrong, or names a file that cannot be read.
        """
        for name in ("endpoint", "model"):
            if name not in settings:
                raise InputError(f"{name} is missing", where=_SOURCE, fix="endpoint=URL and model=NAME")
        parsed = parse_settings(LlmSettings, settings, where=_SOURCE)
        guidelines = ""
        if parsed.guidelines is not None:
            try:
                guidelines = Path(parsed.guidelines).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"cannot be read: {error}", where=parsed.guidelines) from None
        template = parsed.template or (REFINE if parsed.refine else EXTRACT)
        prompt = Prompt(template, tuple(sorted(parsed.labels or labels_of(guidelines))), guidelines)
        prompt.system()
        fast = _engine(Path(parsed.refine)) if parsed.refine else None
        if fast is not None:
            prompt = replace(prompt, labels=tuple(sorted({*prompt.labels, *fast.labels})))
        return cls(parsed, prompt, fast=fast)

    @property
    def labels(self) -> tuple[str, ...]:
        return self.prompt.labels

    @property
    def counts(self) -> Counter[str]:
        """What was asked and what came of it, so far."""
        return Counter() if self._asking is None else Counter(self._asking.counts)

    @property
    def asking(self) -> Asking:
        """The endpoint with its limits; made when it is first needed."""
        if self._asking is None:
            s = self.settings
            client = self._client or OpenAIClient(
                s.endpoint, s.model, key=s.key, timeout=s.timeout, temperature=s.temperature, answers=s.answers
            )
            self._asking = Asking(s, client)
        return self._asking

    def estimate(self, sentences: Sequence[Sentence]) -> Estimate:
        """About what `predict` would ask and cost; nothing is sent."""
        system = self.prompt.system()
        if self.fast is None:
            users = [_text(sentences, group) for group in self._groups(sentences)]
        else:
            found = self.fast.predict(sentences)
            users = [_text(sentences, [i]) for i in self._unsure(found)]
        return self.asking.estimate(system, users)

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        """For each sentence its spans in document offsets, in order.

        Raises:
            InputError: the endpoint was not named by the user, there are no labels, or the budget does not allow it.
            EndpointError: the endpoint gives no usable answer.
        """
        if not self.labels:
            raise InputError(
                "there are no labels", where=_SOURCE, fix="labels, guidelines, or documents to learn from"
            )
        if self.fast is not None:
            return self._refined(sentences, self.fast.predict(sentences))
        found: list[list[Span]] = [[] for _ in sentences]
        groups = list(self._groups(sentences))
        texts = [_text(sentences, group) for group in groups]
        self._allow(texts)
        answers = self.asking.all(Entities, self.prompt.system(), texts, self.labels)
        for group, text, answer in zip(groups, texts, answers, strict=True):
            rejected: Counter[str] = Counter()
            for start, end, label in placed(text, answer.entities, self.labels, rejected):
                self._put(found, sentences, group, (start, end, label), rejected)
            self.asking.count(Counter({f"rejected: {why}": count for why, count in rejected.items()}))
        return found

    def fit(
        self,
        train: Sequence[Sentence],
        dev: Sequence[Sentence],
        *,
        seed: int = 0,  # noqa: ARG002  (nothing is random)
        progress: Progress | None = None,
        importance: Sequence[float] | None = None,  # noqa: ARG002
        checkpoints: Checkpoints | None = None,  # noqa: ARG002
    ) -> None:
        """Take examples from ``train`` into the prompt, and measure on ``dev``."""
        labels = self.labels or tuple(sorted({span.label for one in train for span in one.document.spans}))
        self.prompt = replace(self.prompt, labels=labels).with_examples(train, self.settings.examples)
        gold = {(id(one.document), s.start, s.end, s.label) for one in dev for s in one.document.spans}
        said, right = Counter[str](), Counter[str]()
        for sentence, spans in zip(dev, self.predict(dev), strict=True):
            for span in spans:
                said[span.label] += 1
                right[span.label] += (id(sentence.document), span.start, span.end, span.label) in gold
        # As if two more had been seen, one of them right: few spans prove little.
        self.scores = {label: (right[label] + 1) / (said[label] + 2) for label in sorted(said)}
        if progress:
            progress(1, 1, {"dev_precision": sum(right.values()) / max(1, sum(said.values()))})

    def update(self, examples: Sequence[Sentence], *, seed: int = 0) -> None:  # noqa: ARG002
        """Show corrected sentences in the prompt, before those that are there."""
        new = self.prompt.with_examples(examples, self.settings.examples).examples
        kept = [one for one in self.prompt.examples if one.text not in {other.text for other in new}]
        self.prompt = replace(self.prompt, examples=tuple([*new, *kept][: self.settings.examples]))

    def save(self, path: Path) -> None:
        """Write ``llm.json``, ``prompt.json`` and ``prompt.md`` into the directory ``path``, and ``fast/``."""
        record: dict[str, Any] = {"settings": asdict(self.settings), "scores": self.scores}
        if self.fast is not None:
            (path / "fast").mkdir()
            self.fast.save(path / "fast")
            record["fast"] = self.fast.name
        (path / "llm.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        self.prompt.save(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote; the endpoint is asked only when the user names it too."""
        record = json.loads((path / "llm.json").read_text(encoding="utf-8"))
        settings = parse_settings(LlmSettings, record["settings"], where=str(path / "llm.json"))
        fast = get(record["fast"]).load(path / "fast") if "fast" in record else None
        return cls(settings, Prompt.load(path), fast=fast, scores=record["scores"], named=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.settings, self.prompt, self.fast, self.scores, self._client, self._named)

    def _allow(self, texts: Sequence[str]) -> None:
        """Refuse to send anything to an endpoint that the user did not name, or for more than the budget."""
        settings = self.settings
        if texts and not (self._named or settings.stays_here or os.environ.get(ENVIRONMENT) == settings.endpoint):
            raise InputError(
                f"this model sends text to {settings.endpoint}",
                where=_SOURCE,
                fix=f"the environment variable {ENVIRONMENT}={settings.endpoint}, to say that it may",
            )
        if settings.budget and texts:
            estimate = self.asking.estimate(self.prompt.system(), texts)
            if self.asking.budget.spent + estimate.cost > settings.budget:
                raise InputError(
                    f"the budget of {settings.budget:g} is not enough: {self.asking.budget.spent:.3g} is spent, "
                    f"and this would take {estimate}",
                    where=_SOURCE,
                    fix="a higher budget, or less text",
                )

    def _groups(self, sentences: Sequence[Sentence]) -> Iterator[Group]:
        """Neighbours of one document, together up to ``passage`` characters."""
        group: Group = []
        begins = 0
        for i, sentence in enumerate(sentences):
            if not sentence.text.strip():
                continue
            start, end = sentence.original(0, len(sentence.text))
            if group and (
                sentences[group[-1]].document is not sentence.document
                or not begins <= start
                or end - begins > self.settings.passage
            ):
                yield group
                group = []
            if not group:
                begins = start
            group.append(i)
        if group:
            yield group

    def _put(
        self,
        found: list[list[Span]],
        sentences: Sequence[Sentence],
        group: Group,
        place: tuple[int, int, str],
        rejected: Counter[str],
    ) -> None:
        shift = sentences[group[0]].original(0, 1)[0]
        start, end, label = place[0] + shift, place[1] + shift, place[2]
        for i in group:
            first, last = sentences[i].original(0, len(sentences[i].text))
            if first <= start and end <= last:
                text = sentences[i].document.text[start:end]
                found[i].append(Span(start, end, label, self._score(label), _SOURCE, None, text))
                return
        rejected["across sentences"] += 1

    def _score(self, label: str) -> float:
        return self.scores.get(label, self.settings.score)

    def _unsure(self, found: Sequence[Sequence[Span]]) -> list[int]:
        below = self.settings.below
        return [i for i, spans in enumerate(found) if any(s.score is not None and s.score < below for s in spans)]

    def _refined(self, sentences: Sequence[Sentence], found: list[list[Span]]) -> list[list[Span]]:
        unsure = self._unsure(found)
        asked = [[s for s in found[i] if s.score is not None and s.score < self.settings.below] for i in unsure]
        texts = [_candidates(_text(sentences, [i]), spans) for i, spans in zip(unsure, asked, strict=True)]
        self._allow(texts)
        answers = self.asking.all(Decisions, self.prompt.system(), texts, self.labels)
        for i, spans, answer in zip(unsure, asked, answers, strict=True):
            rejected: Counter[str] = Counter()
            sure = [span for span in found[i] if span not in spans]
            by_candidate = {decision.candidate: decision for decision in answer.decisions}
            for number, span in enumerate(spans):
                decided = self._decided(sentences[i], span, by_candidate.get(number), rejected)
                if decided is not None and not any(decided.overlaps(other) for other in sure):
                    sure.append(decided)
            found[i] = sorted(sure, key=lambda span: (span.start, span.end, span.label))
            self.asking.count(Counter({f"rejected: {why}": count for why, count in rejected.items()}))
        return found

    def _decided(
        self, sentence: Sentence, span: Span, decision: Decision | None, rejected: Counter[str]
    ) -> Span | None:
        """What becomes of a span; one for which no decision can be verified stays as it was."""
        if decision is None:
            rejected["no decision"] += 1
            return span
        if not decision.text.strip():
            return None
        if decision.label not in self.labels:
            rejected["unknown label"] += 1
            return span
        first, last = sentence.original(0, len(sentence.text))
        places = [(a + first, b + first) for a, b in places_of(sentence.document.text[first:last], decision.text)]
        near = [(a, b) for a, b in places if a < span.end and span.start < b]
        if not near:
            rejected["not in the text" if not places else "elsewhere"] += 1
            return span
        start, end = min(near, key=lambda place: abs(place[0] - span.start) + abs(place[1] - span.end))
        text = sentence.document.text[start:end]
        score = max(self._score(decision.label), span.score or 0.0)
        return Span(start, end, decision.label, score, _SOURCE, span.kb_id, text)


def _text(sentences: Sequence[Sentence], group: Group) -> str:
    """The original text from the first to the last sentence, so that what is quoted from it can be found in it."""
    first, last = sentences[group[0]], sentences[group[-1]]
    start, end = first.original(0, 1)[0], last.original(0, len(last.text))[1]
    return first.document.text[start:end]


def _candidates(text: str, spans: Sequence[Span]) -> str:
    listed = [{"candidate": i, "text": span.text, "label": span.label} for i, span in enumerate(spans)]
    return f"{text}\n\nCandidates: {json.dumps(listed, ensure_ascii=False)}"


def _engine(path: Path) -> Recognizer:
    try:
        name = json.loads((path / "model.json").read_text(encoding="utf-8"))["recognizer"]
        return get(name).load(path / "recognizer")
    except (OSError, ValueError, KeyError, TypeError) as error:
        fix = "a directory that `livener train` wrote"
        raise InputError(f"not a model: {error}", where=str(path), fix=fix) from None


def _again(kind: type[Llm], *values: Any) -> Llm:
    settings, prompt, fast, scores, client, named = values
    return kind(settings, prompt, fast=fast, scores=scores, client=client, named=named)
