"""From what a model says to ranges of the text: what is not there letter by letter is rejected, and counted."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Place = tuple[int, int, str]
Kind = TypeVar("Kind", bound=BaseModel)
_UNSPACED = "\u2e80"  # from here on are the scripts that put no space between words


class Entity(BaseModel):
    """One entity as the model names it."""

    model_config = ConfigDict(strict=True)
    before: str = ""
    text: str = Field(min_length=1)
    label: str


class Entities(BaseModel):
    """The answer to `extract`."""

    model_config = ConfigDict(strict=True)
    entities: list[Entity]


class Decision(BaseModel):
    """What one candidate should be; ``text`` is empty where it is none."""

    model_config = ConfigDict(strict=True)
    candidate: int
    text: str
    label: str = ""


class Decisions(BaseModel):
    """The answer to `refine`."""

    model_config = ConfigDict(strict=True)
    decisions: list[Decision]


class MalformedError(ValueError):
    """An answer that is not JSON of the schema."""


def schema_of(kind: type[BaseModel], labels: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an answer, in which every key is required and labels are those that there are.

    >>> schema_of(Entities, ["ORG"])["properties"]["entities"]["items"]["properties"]["label"]["enum"]
    ['ORG']
    """
    name, item = ("entities", Entity) if kind is Entities else ("decisions", Decision)
    kinds = {str: "string", int: "integer"}
    properties: dict[str, Any] = {
        key: {"type": kinds[field.annotation]}
        for key, field in item.model_fields.items()
        if field.annotation in kinds
    }
    properties["label"]["enum"] = [*labels]
    one = {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
    whole = {name: {"type": "array", "items": one}}
    return {"type": "object", "properties": whole, "required": [name], "additionalProperties": False}


def parsed(kind: type[Kind], text: str) -> Kind:
    """The answer; thoughts before it, a fence of Markdown and words around the object are forgiven.

    Raises:
        MalformedError: there is no such object in it.
    """
    if text.lstrip().startswith("<think>"):
        text = text.partition("</think>")[2]
    start, end = text.find("{"), text.rfind("}")
    try:
        return kind.model_validate_json(text[start : end + 1] if start >= 0 else text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise MalformedError(f"{place + ': ' if place else ''}{first['msg']}") from None


def placed(text: str, entities: Sequence[Entity], labels: Sequence[str], rejected: Counter[str]) -> list[Place]:
    """Where the entities stand; of several places the one with the most of ``before`` in front of it, then the first.

    Each place is taken once. White space may differ. ``rejected`` counts, by the reason, what cannot be placed.

    >>> rejected = Counter()
    >>> said = [Entity(text="Acme", label="ORG"), Entity(text="Acme", label="ORG"), Entity(text="Apex", label="ORG")]
    >>> placed("Acme sued Acme.", said, ["ORG"], rejected), dict(rejected)
    ([(0, 4, 'ORG'), (10, 14, 'ORG')], {'not in the text': 1})
    """
    taken: list[Place] = []
    for entity in entities:
        if entity.label not in labels:
            rejected["unknown label"] += 1
            continue
        places = places_of(text, entity.text)
        whole = [one for one in places if not (_in_word(text, one[0]) or _in_word(text, one[1]))]
        free = [one for one in whole if not any(one[0] < end and start < one[1] for start, end, _ in taken)]
        if not free:
            rejected["not in the text" if not places else "within a word" if not whole else "taken already"] += 1
            continue
        start, end = max(free, key=lambda one: (_shared(text[: one[0]], entity.before), -one[0]))
        taken.append((start, end, entity.label))
    return sorted(taken)


def places_of(text: str, name: str) -> list[tuple[int, int]]:
    """Every place where a name stands, letter by letter but for white space."""
    words = name.split()
    if not words:
        return []
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    return [match.span() for match in pattern.finditer(text)]


def _shared(text: str, before: str) -> int:
    """How many characters the two have in common at their ends, white space aside."""
    one, other = "".join(text[-200:].split()), "".join(before.split())
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count


def _in_word(text: str, place: int) -> bool:
    sides = text[max(0, place - 1) : place + 1]
    return 0 < place < len(text) and all(one.isalnum() and one < _UNSPACED for one in sides)
