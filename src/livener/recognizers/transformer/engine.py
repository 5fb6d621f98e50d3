"""A transformer encoder with a head that scores tags."""

import hashlib
import json
import mmap
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from livener.errors import InputError
from livener.recognizers.neural.pieces import Pieces, Word, with_pieces
from livener.recognizers.neural.tagger import NeuralTagger, need_torch
from livener.recognizers.neural.windows import Arrays, Row, windows
from livener.recognizers.transformer.settings import TransformerSettings
from livener.tagging.schemes import TagSet
from livener.text import Sentence, tokenize

if TYPE_CHECKING:
    from livener.recognizers.neural.network import Network

TOKENIZER = "tokenizer.json"
VOCABULARY = "livener_vocabulary"
_BESIDE = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


class Transformer(NeuralTagger):
    """Any Hugging Face encoder, fine-tuned; what it learned is exported and runs without torch.

    A word's tags are scored at its first piece (Devlin et al. 2019). The saved folder is a Hugging Face checkpoint
    too: ``AutoModelForTokenClassification`` loads it (without the word-case embedding and the CRF, which it does not
    know).

    >>> Transformer.create({"encodr": "offline"})
    Traceback (most recent call last):
    ...
    livener.errors.InputError: transformer: no setting 'encodr' (expected 'encoder')
    """

    name: ClassVar[str] = "transformer.v1"
    settings: TransformerSettings

    def __init__(
        self, settings: TransformerSettings, tagset: TagSet, files: Mapping[str, bytes | mmap.mmap], **rest: Any
    ) -> None:
        super().__init__(settings, tagset, files, **rest)
        self._pieces: Pieces | None = None

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """An untrained one.

        Raises:
            InputError: an unknown or wrong setting.
        """
        parsed = TransformerSettings.parse(settings, where="transformer")
        return cls(parsed, TagSet([], parsed.scheme), {})

    @classmethod
    def from_checkpoint(cls, source: str | Path, *, tags: Sequence[str] | None = None, **settings: Any) -> Self:
        """A token-classification checkpoint of Hugging Face as a recognizer: a folder, or ``"owner/name"``.

        ``tags`` are the names of its classes in their order, where its own (``LABEL_0`` …) say nothing.

        Raises:
            InputError: there is no fast tokenizer or not the one that belongs to it, or its names are no tags.
            MissingDependencyError: torch is not installed.
        """
        from livener.recognizers.transformer import checkpoint

        need_torch("a checkpoint")
        folder = folder_of(str(source))
        tagset, network = checkpoint.tagger(folder, tags)
        scheme = tagset.scheme.name
        parsed = TransformerSettings.parse(
            {**settings, "encoder": str(source), "word_case": False, "scheme": scheme}, where="transformer"
        )
        model = cls(parsed, tagset, {})
        model._take_tokenizer(folder)
        checkpoint.mark(network, model.pieces.fingerprint)
        model.keep(network)
        model._check_tokenizer()
        return model

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: a file is missing, or the tokenizer is not the one that the model was trained with.
        """
        description, files, rest = cls.read(path)
        digest = hashlib.sha256(files[TOKENIZER]).hexdigest()
        if digest != description["tokenizer"]:
            raise InputError(
                "the tokenizer is not the one that the model was trained with",
                where=str(path / TOKENIZER),
                fix=f"the file with SHA-256 {description['tokenizer'][:12]}…",
            )
        settings = TransformerSettings(**description["settings"])
        return cls(settings, TagSet(description["labels"], settings.scheme), files, **rest)

    def described(self) -> dict[str, Any]:
        """The hash of the tokenizer, which must never change under the weights."""
        return {"tokenizer": hashlib.sha256(self.files[TOKENIZER]).hexdigest()}

    @property
    def pieces(self) -> Pieces:
        """The tokenizer."""
        if self._pieces is None:
            self._pieces = Pieces(bytes(self.files[TOKENIZER]))
        return self._pieces

    @property
    def config(self) -> dict[str, Any]:
        """The encoder's own configuration."""
        config: dict[str, Any] = json.loads(bytes(self.files["config.json"]))
        return config

    @property
    def padding(self) -> dict[str, int]:
        return {"ids": self.pieces.padding}

    @property
    def rates(self) -> tuple[float, float]:
        return self.settings.layer_decay, self.settings.head_rate

    @property
    def word_case(self) -> bool:
        """Whether the case of words is an input of its own."""
        return self.pieces.lowers if self.settings.word_case is None else self.settings.word_case

    def rows(self, sentences: Sequence[Sentence]) -> list[Row]:
        rows: list[Row] = []
        at = 0
        pieces = self.pieces if any(sentence.tokens for sentence in sentences) else None
        for sentence in sentences:
            count = len(sentence.tokens)
            if pieces is not None and count:
                before, after = self._context(sentence)
                words = pieces([*before, *sentence.words, *after])
                rows += self._windows(words, at, len(before), count)
            at += count
        return rows

    def begin(self, train: Sequence[Sentence], seed: int) -> "Network":  # noqa: ARG002  (the words are not learned)
        from livener.recognizers.transformer import checkpoint

        folder = folder_of(self.settings.encoder)
        self._take_tokenizer(folder)
        added: list[list[int]] = []
        if self.settings.new_pieces:
            size = int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"])
            self.files[TOKENIZER], added = with_pieces(bytes(self.files[TOKENIZER]), self.settings.new_pieces, size)
            self._pieces = None
        network = checkpoint.new(
            folder,
            self.tagset,
            self.settings,
            word_case=self.word_case,
            blank=self.pieces.blank,
            seed=seed,
            added=added,
        )
        checkpoint.mark(network, self.pieces.fingerprint)
        self.files["config.json"] = checkpoint.config_of(network)
        self._check_tokenizer()
        return network

    def network(self) -> "Network":
        from livener.recognizers.transformer import checkpoint

        steps = self.steps if self.settings.head == "crf" else None
        return checkpoint.restored(self.config, bytes(self.files[checkpoint.WEIGHTS]), steps)

    def keep(self, network: "Network") -> None:
        from livener.recognizers.transformer import checkpoint

        self.files |= checkpoint.files_of(network)

    def _windows(self, words: list[Word], at: int, before: int, count: int) -> list[Row]:
        """The rows of the ``count`` words after the first ``before``; the others are shown and not read."""
        prefix, suffix = self.pieces.prefix, self.pieces.suffix
        sizes = np.fromiter((len(word.ids) for word in words), np.int64, len(words))
        rows = []
        for window in windows(sizes, capacity=self._capacity, overlap=self.settings.overlap):
            low, high = max(window.low, before), min(window.high, before + count)
            if low >= high:
                continue
            shown = words[window.first : window.last]
            ids = np.array([*prefix, *chain.from_iterable(word.ids for word in shown), *suffix])
            firsts = len(prefix) + np.cumsum(sizes[window.first : window.last]) - sizes[window.first : window.last]
            arrays: Arrays = {"ids": ids}
            if self.word_case:
                arrays["case"] = np.zeros(len(ids), np.int64)
                cases = np.fromiter((word.case for word in shown), np.int64, len(shown))
                arrays["case"][len(prefix) : len(ids) - len(suffix)] = np.repeat(
                    cases, sizes[window.first : window.last]
                )
            rows.append(Row(at + low - before, firsts[low - window.first : high - window.first], arrays))
        return rows

    def _context(self, sentence: Sentence) -> tuple[list[str], list[str]]:
        """The words of the document that stand before and after the sentence, as many as the settings ask for."""
        count = self.settings.context
        if not count:
            return [], []
        text = sentence.document.text
        start, end = sentence.original(0, len(sentence.text))
        left, right = text[max(0, start - 12 * count) : start], text[end : end + 12 * count]
        before, after = ([part[a:b] for a, b in tokenize(part)] for part in (left, right))
        return before[-count:], after[:count]

    @property
    def _capacity(self) -> int:
        config = self.config
        # RoBERTa and its kin number positions from the padding's number on
        most = int(config.get("max_position_embeddings") or self.settings.window + 2) - 2
        return min(self.settings.window, most) - len(self.pieces.prefix) - len(self.pieces.suffix)

    def _take_tokenizer(self, folder: Path) -> None:
        self.files |= {name: (folder / name).read_bytes() for name in _BESIDE if (folder / name).is_file()}
        if (folder / TOKENIZER).is_file():
            self.files[TOKENIZER] = (folder / TOKENIZER).read_bytes()
        else:
            from livener.recognizers.transformer import checkpoint

            self.files[TOKENIZER] = checkpoint.fast_tokenizer(folder)
        self._pieces = None
        known = json.loads((folder / "config.json").read_text(encoding="utf-8")).get(VOCABULARY)
        if known not in (None, self.pieces.fingerprint):
            raise InputError(
                "its tokenizer numbers other pieces than the one that it was trained with",
                where=str(folder),
                fix=f"the tokenizer that belongs to it; {VOCABULARY} in config.json is the hash of its vocabulary",
            )

    def _check_tokenizer(self) -> None:
        """Refuse what can be seen of a tokenizer of another encoder: its numbers would mean other pieces."""
        size, padding = int(self.config["vocab_size"]), self.config.get("pad_token_id")
        if self.pieces.size > size:
            raise InputError(
                f"the tokenizer has pieces up to number {self.pieces.size - 1:,}, the encoder only {size:,}",
                where=self.settings.encoder,
                fix="the tokenizer that belongs to the encoder",
            )
        if 2 * self.pieces.size < size:
            raise InputError(
                f"the tokenizer has {self.pieces.size:,} pieces, the encoder {size:,}",
                where=self.settings.encoder,
                fix="the tokenizer that belongs to the encoder",
            )
        if padding is not None and self.pieces.pads and padding != self.pieces.padding:
            raise InputError(
                f"the tokenizer pads with piece {self.pieces.padding}, the encoder with {padding}",
                where=self.settings.encoder,
                fix="the tokenizer that belongs to the encoder",
            )


def folder_of(encoder: str) -> Path:
    """The folder of an encoder's files.

    Raises:
        InputError: there is no such encoder, or it has no safetensors weights or no fast tokenizer.
    """
    folder = Path(encoder)
    if folder.is_dir() and (folder / "config.json").is_file():
        if any(folder.glob("*.safetensors")):
            return folder  # its tokenizer may still have to be made
        if any(folder.glob("*.bin")):
            raise InputError(
                "its weights are a pickle, which is not read",
                where=encoder,
                fix="model.safetensors (save_pretrained)",
            )
    from livener.recognizers.crf.encoder_files import encoder_files  # with it come the CRF's compiled kernels

    weights, _ = encoder_files(encoder)
    if not (weights.parent / "config.json").is_file():
        if Path(encoder).is_dir():
            raise InputError("no config.json", where=encoder, fix="the folder of a Hugging Face checkpoint")
        from huggingface_hub import hf_hub_download

        hf_hub_download(encoder, "config.json")
    return weights.parent
