"""Checkpoints of Hugging Face in, out, and as networks; needs torch."""

import contextlib
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
import transformers
from torch import Tensor, nn

from livener.errors import InputError, MissingDependencyError
from livener.recognizers.neural.network import Network
from livener.recognizers.neural.pieces import CASES
from livener.recognizers.transformer.settings import TransformerSettings
from livener.tagging.schemes import TagSet

WEIGHTS = "model.safetensors"
_CASE = "livener_case.weight"
_LAYER = re.compile(r"\.layers?\.(\d+)\.")
_NEVER = -30.0


class TransformerNetwork(Network):
    """A token-classification model of transformers, with the case of words and a CRF where wanted."""

    def __init__(self, model: Any, *, word_case: bool, steps: npt.NDArray[np.float64] | None) -> None:
        super().__init__()
        self.model = model
        width = model.get_input_embeddings().embedding_dim
        self.case = nn.Embedding(CASES, width) if word_case else None
        self.steps = None if steps is None else nn.Parameter(torch.from_numpy(steps).float())
        self.inputs = ("ids", "mask", "case") if word_case else ("ids", "mask")
        self.blanked = (0.0, 0)
        if self.case is not None:
            nn.init.normal_(self.case.weight, std=0.02)

    def forward(self, ids: Tensor, mask: Tensor, case: Tensor | None = None) -> Tensor:
        """Scores (rows, positions, tags) of pieces ``ids`` with ``mask`` and ``case``, each (rows, positions)."""
        share, blank = self.blanked
        if self.training and share:
            ids = ids.masked_fill(torch.rand(ids.shape, device=ids.device) < share, blank)
        if self.case is None:
            scores: Tensor = self.model(input_ids=ids, attention_mask=mask).logits
        else:
            scores = self.score(self.embed(ids, case), mask)
        return scores

    def embed(self, ids: Tensor, case: Tensor | None) -> Tensor:
        """The vectors (…, width) that pieces enter the encoder with."""
        embedded: Tensor = self.model.get_input_embeddings()(ids)
        return embedded if self.case is None else embedded + self.case(case)

    def renamed(self, tagset: TagSet) -> None:
        """The tags that it scores are these now."""
        _name_tags(self.model.config, tagset)
        self.model.num_labels = len(tagset.tags)

    def score(self, embedded: Tensor, mask: Tensor) -> Tensor:
        """Scores (rows, positions, tags) of such vectors."""
        scores: Tensor = self.model(inputs_embeds=embedded, attention_mask=mask).logits
        return scores


def new(
    folder: Path,
    tagset: TagSet,
    settings: TransformerSettings,
    *,
    word_case: bool,
    blank: int,
    seed: int,
    added: Sequence[Sequence[int]] = (),
) -> Network:
    """A network to be trained: the encoder of ``folder`` with a head that knows nothing yet.

    ``blank`` is the piece that stands for a masked one. ``added`` are the pieces that words were cut into which are
    pieces of their own now: each begins as the mean of its pieces (Hewitt 2021), and learns on from there.
    """
    with _quiet(), torch.random.fork_rng():
        torch.manual_seed(seed)
        config = transformers.AutoConfig.from_pretrained(folder)
        _name_tags(config, tagset)
        config.classifier_dropout = settings.dropout
        model: Any = transformers.AutoModelForTokenClassification.from_pretrained(
            folder, config=config, dtype=torch.float32
        )
        if added:
            _add_pieces(model, added)
        size = len(tagset.tags)
        steps = np.zeros((size, size)) if settings.head == "crf" else None
        if settings.lora_rank:
            model = _with_adapters(model, settings.lora_rank)
        network = TransformerNetwork(model, word_case=word_case, steps=steps)
        network.blanked = (settings.masking, blank)
    if settings.frozen_layers:
        for name, value in model.named_parameters():
            found = _LAYER.search(name)
            if int(found[1]) < settings.frozen_layers if found else "embeddings" in name:
                value.requires_grad_(False)
    return network


def _add_pieces(model: Any, added: Sequence[Sequence[int]]) -> None:
    known = model.get_input_embeddings().weight.detach().clone()
    size = len(known)
    model.resize_token_embeddings(size + len(added), mean_resizing=False)
    with torch.no_grad():
        for number, pieces in enumerate(added, size):
            model.get_input_embeddings().weight[number] = known[list(pieces)].mean(0)


def restored(config: dict[str, Any], weights: bytes, steps: npt.NDArray[np.float64] | None) -> Network:
    """The network of a saved model."""
    state = safetensors.torch.load(weights)
    case = state.pop(_CASE, None)
    settings = transformers.AutoConfig.for_model(**config)
    with _quiet():
        model: Any = transformers.AutoModelForTokenClassification.from_config(settings)  # type: ignore[no-untyped-call]
    model.load_state_dict(state)
    network = TransformerNetwork(model, word_case=case is not None, steps=steps)
    if case is not None and network.case is not None:
        network.case.load_state_dict({"weight": case})
    return network.eval()


def files_of(network: Network) -> dict[str, bytes]:
    """The files of a checkpoint that Hugging Face loads too; adapters are merged into the weights."""
    assert isinstance(network, TransformerNetwork)
    if hasattr(network.model, "merge_and_unload"):
        network.model = network.model.merge_and_unload()
    state = {name: value.detach().cpu().contiguous() for name, value in network.model.state_dict().items()}
    if network.case is not None:
        state[_CASE] = network.case.weight.detach().cpu()
    return {
        "config.json": config_of(network),
        WEIGHTS: safetensors.torch.save(state, {"format": "pt"}),
    }


def mark(network: Network, vocabulary: str) -> None:
    """Let the configuration say to which vocabulary the network belongs, also to who reads only the checkpoint."""
    assert isinstance(network, TransformerNetwork)
    network.model.config.livener_vocabulary = vocabulary


def config_of(network: Network) -> bytes:
    """The ``config.json`` of a network."""
    assert isinstance(network, TransformerNetwork)
    text: str = network.model.config.to_json_string(use_diff=False)
    return text.encode()


def tagger(folder: Path, tags: Sequence[str] | None = None) -> tuple[TagSet, Network]:
    """The tags of a token-classification checkpoint, and its network with the tags in their order.

    ``tags`` are the names of its classes in their order, those of its configuration by default. A checkpoint of IOB1
    tags is read as BIO, in which an entity's first token begins it.

    Raises:
        InputError: the names of its classes are no tags, or it is no token-classification checkpoint.
    """
    with _quiet():
        config = transformers.AutoConfig.from_pretrained(folder)
        names = {int(number): str(name) for number, name in config.id2label.items()}
        if tags is not None and len(tags) != len(names):
            raise InputError(
                f"has {len(names)} classes, not {len(tags)}", where=str(folder), fix="a tag for each class"
            )
        if tags is not None:
            names = dict(enumerate(tags))
        tagset, columns = _columns(names, str(folder))
        if not any("TokenClassification" in one for one in config.architectures or ()):
            raise InputError(
                f"is a {', '.join(config.architectures or ['checkpoint'])}",
                where=str(folder),
                fix="a token-classification checkpoint; livener train --set encoder=… makes one",
            )
        model = transformers.AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32)
    head = next(module for module in reversed(list(model.modules())) if isinstance(module, nn.Linear))
    ordered = nn.Linear(head.in_features, len(columns))
    with torch.no_grad():
        for k, (column, offset) in enumerate(columns):
            ordered.weight[k] = 0.0 if column is None else head.weight[column]
            ordered.bias[k] = offset if column is None or head.bias is None else head.bias[column] + offset
    name = next(name for name, module in model.named_modules() if module is head)
    parent, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(parent), attribute, ordered)
    _name_tags(model.config, tagset)
    model.num_labels = len(columns)
    return tagset, TransformerNetwork(model, word_case=False, steps=None).eval()


def fast_tokenizer(folder: Path) -> bytes:
    """The ``tokenizer.json`` of a checkpoint that has only the files of a slow tokenizer, made from them.

    Raises:
        InputError: there are none that a fast one can be made from.
    """
    slow = [name for name in ("vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "spm.model")
            if (folder / name).is_file()]  # fmt: skip
    backend = None
    with _quiet(), contextlib.suppress(Exception):  # what it raises for a tokenizer it cannot make is not one kind
        backend = transformers.AutoTokenizer.from_pretrained(folder).backend_tokenizer if slow else None
    if backend is None:
        raise InputError(
            "there is no tokenizer.json, and none can be made",
            where=str(folder),
            fix="a fast tokenizer (tokenizer.json), or the files of a slow one that transformers turns into it",
        )
    text: str = backend.to_str()
    return text.encode()


def _columns(names: dict[int, str], where: str) -> tuple[TagSet, list[tuple[int | None, float]]]:
    """The tag set of a checkpoint's class names, and for each tag its class and what is added to its score."""
    number = {name: i for i, name in names.items()}
    tags = [name for name in number if name != "O"]
    wrong = [tag for tag in tags if not re.fullmatch(r"[BIESLU]-.+", tag)]
    if wrong or "O" not in number or not tags:
        raise InputError(
            f"its classes are named {', '.join(sorted(number)[:4])}, which are no tags",
            where=where,
            fix="id2label in config.json with O and B-, I-, E-, S-, L-, U- and a label, or the argument tags",
        )
    prefixes = {tag[0] for tag in tags}
    scheme = "BILOU" if prefixes & set("LU") else "BIOES" if prefixes & set("ES") else "BIO"
    tagset = TagSet({tag[2:] for tag in tags}, scheme)
    columns: list[tuple[int | None, float]] = []
    for tag in tagset.tags:
        if tag[0] == "B" and "B" not in prefixes:  # a little less than I, so that it begins and I goes on
            columns.append((number["I" + tag[1:]], -0.001))
        else:
            columns.append((number.get(tag), 0.0 if tag in number else _NEVER))
    return tagset, columns


def _name_tags(config: Any, tagset: TagSet) -> None:
    config.id2label = dict(enumerate(tagset.tags))
    config.label2id = dict(tagset.index)


def _with_adapters(model: Any, rank: int) -> Any:
    """Low-rank adapters (Hu et al. 2021) beside all linear layers of the encoder."""
    try:
        import peft
    except ImportError:
        raise MissingDependencyError("peft", extra="neural", need="lora_rank") from None
    head = next(name for name, _ in reversed(list(model.named_children())))
    settings = peft.LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.1,
        target_modules="all-linear",
        modules_to_save=[head],
        exclude_modules=[head],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # between the two libraries
        return peft.get_peft_model(model, settings)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The library neither draws bars nor reports that the head is new, which it is meant to be."""
    logs: Any = transformers.utils.logging
    level, bar = logs.get_verbosity(), logs.is_progress_bar_enabled()
    logs.set_verbosity_error()
    logs.disable_progress_bar()
    try:
        yield
    finally:
        logs.set_verbosity(level)
        if bar:
            logs.enable_progress_bar()
