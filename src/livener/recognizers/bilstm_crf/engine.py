"""A BiLSTM over words and their letters, with a CRF."""

import json
import mmap
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from livener.recognizers.bilstm_crf.settings import BilstmCrfSettings
from livener.recognizers.crf.vectors import WordVectors
from livener.recognizers.neural.pieces import case_of
from livener.recognizers.neural.tagger import NeuralTagger
from livener.recognizers.neural.windows import Arrays, Row, windows
from livener.tagging.schemes import TagSet
from livener.text import Sentence

if TYPE_CHECKING:
    from livener.recognizers.neural.network import Network

_LETTERS = 20
"""Of longer words the first and the last half of these letters are read."""
_KNOWN_WORDS = 50_000
_WEIGHTS = "model.safetensors"
_VOCABULARY = "vocabulary.json"


class BilstmCrf(NeuralTagger):
    """Learned and static word vectors, a CNN over letters, a BiLSTM and a CRF (Ma and Hovy 2016).

    >>> BilstmCrf.create({"hiden": 100})
    Traceback (most recent call last):
    ...
    livener.errors.InputError: bilstm_crf: no setting 'hiden' (expected 'hidden')
    """

    name: ClassVar[str] = "bilstm_crf.v1"
    settings: BilstmCrfSettings

    def __init__(
        self,
        settings: BilstmCrfSettings,
        tagset: TagSet,
        files: Mapping[str, bytes | mmap.mmap],
        *,
        vectors: WordVectors | None = None,
        **rest: Any,
    ) -> None:
        super().__init__(settings, tagset, files, **rest)
        self.vectors = vectors
        self._read_vocabulary()

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """An untrained one.

        Raises:
            InputError: an unknown or wrong setting.
        """
        parsed = BilstmCrfSettings.parse(settings, where="bilstm_crf")
        return cls(parsed, TagSet([], parsed.scheme), {})

    def rows(self, sentences: Sequence[Sentence]) -> list[Row]:
        rows: list[Row] = []
        at = 0
        for sentence in sentences:
            words = sentence.words
            looked_up = [self._word(word) for word in words]
            if words:
                for one in windows(
                    np.ones(len(words), np.int64), capacity=self.settings.window, overlap=self.settings.overlap
                ):
                    numbers, cases, letters, vectors = zip(*looked_up[one.first : one.last], strict=True)
                    arrays: Arrays = {
                        "words": np.array(numbers),
                        "case": np.array(cases),
                        "letters": np.stack(letters),
                    }
                    if self.vectors is not None:
                        arrays["vectors"] = np.stack(vectors)
                    rows.append(Row(at + one.low, np.arange(one.low, one.high) - one.first, arrays))
            at += len(words)
        return rows

    def begin(self, train: Sequence[Sentence], seed: int) -> "Network":
        import torch

        counts = Counter(word.lower() for sentence in train for word in sentence.words)
        letters = Counter(letter for word in counts for letter in (word + word.upper()))
        vocabulary = {
            "words": sorted(word for word, count in counts.items() if count > 1),
            "letters": "".join(sorted(letters)),
        }
        self.files[_VOCABULARY] = json.dumps(vocabulary, ensure_ascii=False).encode()
        name = self.settings.vectors
        self.vectors = None if name is None else WordVectors.from_encoder(name, seed=seed)
        self._read_vocabulary()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self._new()

    def network(self) -> "Network":
        import safetensors.torch

        network = self._new()
        network.load_state_dict(safetensors.torch.load(bytes(self.files[_WEIGHTS])))
        return network.eval()

    def keep(self, network: "Network") -> None:
        import safetensors.torch

        state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
        self.files[_WEIGHTS] = safetensors.torch.save(state)

    def save(self, path: Path) -> None:
        super().save(path)
        if self.vectors is not None:
            (path / "vectors").mkdir()
            self.vectors.save(path / "vectors")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: a file is missing.
        """
        description, files, rest = cls.read(path)
        settings = BilstmCrfSettings(**description["settings"])
        vectors = WordVectors.load(path / "vectors") if settings.vectors is not None else None
        return cls(settings, TagSet(description["labels"], settings.scheme), files, vectors=vectors, **rest)

    def _new(self) -> "Network":
        from livener.recognizers.bilstm_crf.network import BilstmNetwork

        return BilstmNetwork(
            self.settings,
            words=len(self._words) + 2,
            letters=len(self._letters) + 2,
            vectors=0 if self.vectors is None else self.vectors.table.shape[1],
            tags=len(self.tagset.tags),
            steps=self.steps if self.settings.head == "crf" else None,
        )

    def _read_vocabulary(self) -> None:
        vocabulary = json.loads(bytes(self.files.get(_VOCABULARY, b'{"words": [], "letters": ""}')))
        # 0 is nothing, 1 is unknown
        self._words = {word: i for i, word in enumerate(vocabulary["words"], 2)}
        self._letters = {letter: i for i, letter in enumerate(vocabulary["letters"], 2)}
        self._known: dict[str, tuple[int, int, npt.NDArray[np.int64], npt.NDArray[np.float32] | None]] = {}

    def _word(self, word: str) -> tuple[int, int, npt.NDArray[np.int64], npt.NDArray[np.float32] | None]:
        """Its number, its case, its letters and its static vector."""
        known = self._known
        found = known.get(word)
        if found is None:
            if len(known) > _KNOWN_WORDS:
                self._known = known = {}  # not emptied: another thread may be reading
            word_read = word if len(word) <= _LETTERS else word[: _LETTERS // 2] + word[-_LETTERS // 2 :]
            letters = np.zeros(_LETTERS, np.int64)
            letters[: len(word_read)] = [self._letters.get(letter, 1) for letter in word_read]
            vector = None if self.vectors is None else self.vectors.vectors([word[:200]])[0]
            known[word] = found = (self._words.get(word.lower(), 1), case_of(word), letters, vector)
        return found
