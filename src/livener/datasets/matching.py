"""Which documents of several people's files are the same text."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from livener.errors import InputError
from livener.text import Document


def match(files: Mapping[str, Iterable[Document]]) -> list[dict[str, Document]]:
    """For each text what each person made of it, from each person's documents.

    Documents with the same id belong together, else those with the same text; of several without an id that have the
    same text, the first belongs to the first, the second to the second. Who has no document of a text is missing
    there. The order is that of the first file, then of what only later ones have.

    Raises:
        InputError: one id stands for different texts, or one person has it twice.

    >>> ann, bob = [Document("One."), Document("Two.", "t2")], [Document("Two.", "t2"), Document("One.", "x1")]
    >>> [sorted(one) for one in match({"Ann": ann, "Bob": bob})]
    [['Ann', 'Bob'], ['Ann', 'Bob']]
    """
    texts: list[dict[str, Document]] = []
    by_id: dict[str, dict[str, Document]] = {}
    by_text: defaultdict[str, list[dict[str, Document]]] = defaultdict(list)
    for name, documents in files.items():
        rest = []
        ids: set[str] = set()
        for document in documents:
            if document.id in ids:
                raise InputError(f"document {document.id!r} occurs twice", where=name, fix="one annotation of each")
            if document.id:
                ids.add(document.id)
            known = by_id.get(document.id)
            if known is None:
                rest.append(document)
                continue
            other, first = next(iter(known.items()))
            if first.text != document.text:
                raise InputError(f"document {document.id!r} has another text than that of {other}", where=name)
            known[name] = document
        for document in rest:
            found = next((one for one in by_text[document.text] if name not in one), None)
            if found is None:
                found = {}
                texts.append(found)
                by_text[document.text].append(found)
            found[name] = document
            if document.id:
                by_id[document.id] = found
    return texts
