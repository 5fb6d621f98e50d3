"""Words as the pieces of an encoder's tokenizer, without the library that the encoder runs in."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from livener.errors import InputError, MissingDependencyError

_LONGEST_WORD = 200
_MOST_PIECES = 48
_KNOWN_WORDS = 200_000


@dataclass(frozen=True, slots=True)
class Word:
    """The numbers of a word's pieces, never none, and its case: see `case_of`."""

    ids: tuple[int, ...]
    case: int


class Pieces:
    """A tokenizer applied to single words, each looked up once.

    Words are cut as inside a running text (with a space before them), so that the pieces of a word do not depend on
    its neighbours. Of a word with very many pieces the first are kept.

    Raises:
        InputError: it is no tokenizer.json.
        MissingDependencyError: the package ``tokenizers`` is not installed.
    """

    def __init__(self, source: bytes, *, where: str = "tokenizer.json") -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError:
            raise MissingDependencyError("tokenizers", extra="onnx", need="an encoder's tokenizer") from None
        try:
            settings = json.loads(source)
            self._before = _put_space_before(settings.get("pre_tokenizer"))
            tokenizer = Tokenizer.from_str(json.dumps(settings))
        except Exception as error:  # the tokenizers package raises bare Exception for what it cannot read
            raise InputError(f"not a tokenizer: {error}", where=where, fix="a tokenizer.json") from None
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._source = source
        self._tokenizer = tokenizer
        self._known: dict[str, Word] = {}
        framed = tokenizer.encode("a")
        inner = [i for i, special in enumerate(framed.special_tokens_mask) if not special]
        self.prefix: list[int] = framed.ids[: inner[0]] if inner else framed.ids
        self.suffix: list[int] = framed.ids[inner[-1] + 1 :] if inner else []
        self.unknown = self._number("[UNK]", "<unk>", default=self.prefix[0] if self.prefix else 0)
        self.pads = self._number("[PAD]", "<pad>", default=-1) >= 0
        self.padding = self._number("[PAD]", "<pad>", default=0)
        self.blank = self._number("[MASK]", "<mask>", default=self.unknown)
        self.size: int = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=0) + 1
        normalizer = tokenizer.normalizer
        self.lowers: bool = normalizer is not None and normalizer.normalize_str("A") == "a"

    def __call__(self, words: Sequence[str]) -> list[Word]:
        """The pieces of each word."""
        known = self._known
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new and len(known) > _KNOWN_WORDS:
            self._known = known = {}  # not emptied: another thread may be reading
            new = list(dict.fromkeys(words))
        if new:
            texts = [self._before + word[:_LONGEST_WORD] for word in new]
            encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
            for word, one in zip(new, encoded, strict=True):
                known[word] = Word(tuple(one.ids[:_MOST_PIECES]) or (self.unknown,), case_of(word))
        return [known[word] for word in words]

    def texts(self, word: Word) -> list[str]:
        """The pieces of a word as the tokenizer writes them."""
        return [str(self._tokenizer.id_to_token(number)) for number in word.ids]

    @property
    def fingerprint(self) -> str:
        """A hash of what its numbers mean."""
        numbered = sorted(self._tokenizer.get_vocab(with_added_tokens=True).items())
        return hashlib.sha256(json.dumps(numbered).encode()).hexdigest()[:16]

    def __reduce__(self) -> tuple[Any, ...]:
        return Pieces, (self._source,)

    def _number(self, *names: str, default: int) -> int:
        found = (self._tokenizer.token_to_id(name) for name in names)
        return next((number for number in found if number is not None), default)


def with_pieces(source: bytes, words: Sequence[str], size: int) -> tuple[bytes, list[list[int]]]:
    """The tokenizer.json with ``words`` as pieces of their own from number ``size`` on, and what each was cut into.

    A word that is one piece already is left as it is.

    Raises:
        InputError: a word is empty or has white space in it, or the tokenizer does not number its pieces up to the
            size of the encoder, so that the new numbers would mean others.
    """
    from tokenizers import AddedToken, Tokenizer

    tokenizer = Tokenizer.from_str(source.decode())
    if wrong := [word for word in words if not word or word.split() != [word]]:
        raise InputError(f"a new piece {wrong[0]!r}", where="transformer", fix="words without white space")
    cut = {word: tokenizer.encode(word, add_special_tokens=False).ids for word in words}
    new = {word: ids for word, ids in cut.items() if len(ids) > 1}
    if new and tokenizer.get_vocab_size(with_added_tokens=True) != size:
        raise InputError("new pieces need a tokenizer with as many pieces as the encoder", where="transformer")
    tokenizer.add_tokens([AddedToken(word, single_word=True, normalized=True) for word in new])
    return tokenizer.to_str().encode(), list(new.values())


CASES = 5


def case_of(word: str) -> int:
    """0 without letters of a case, 1 lower, 2 a capital first, 3 all capitals, 4 capitals inside.

    >>> [case_of(word) for word in ("42", "of", "Oslo", "NATO", "iPhone")]
    [0, 1, 2, 3, 4]
    """
    lower, upper = word.lower(), word.upper()
    if lower == upper:
        return 0
    if word == lower:
        return 1
    if word == upper and len(word) > 1:
        return 3
    return 2 if word[:1] != lower[:1] and word[1:] == lower[1:] else 4


def _put_space_before(pre_tokenizer: Any) -> str:
    """Byte-level BPE and SentencePiece know most words with a space before them only: let them put one there.

    Where text is split before it becomes bytes, they would put it before each part: it is what has to be put before a
    word itself.
    """
    if not isinstance(pre_tokenizer, dict):
        return ""
    before = ""
    for one in (pre_tokenizer, *pre_tokenizer.get("pretokenizers", ())):
        if one.get("type") == "ByteLevel":
            if one.get("use_regex", True):
                one["add_prefix_space"] = True
            else:
                before = " "
        if one.get("type") == "Metaspace" and one.get("prepend_scheme") == "first":
            one["prepend_scheme"] = "always"
    return before
