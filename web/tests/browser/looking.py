"""A project with a transformer, for what only such a model shows; it is small and knows nothing."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import torch
from transformers import BertConfig, BertForTokenClassification

from livener.learning import models as versions
from livener.pipeline import Pipeline, save
from livener.recognizers.crf.encoder_files import encoder_files
from livener.recognizers.transformer import Transformer
from livener.review import projects
from livener.server import accounts
from livener.store import Artefacts, Store
from livener.store.models import Membership, Role

NAME = "looking"
TAGS = ("O", "B-PERSON", "I-PERSON", "B-GPE", "I-GPE")


def add(store: Store, artefacts: Artefacts) -> None:
    """The project, with ann as its annotator and one version."""
    now = datetime.now(UTC)
    with store.writing() as session:
        labels = {"PERSON": "A person by name.", "GPE": "A country, a region, a town."}
        admin = accounts.find(session, "admin").id
        project = projects.create(session, NAME, by=admin, now=now, settings={}, labels=labels).id
        session.add(
            Membership(project_id=project, user_id=accounts.find(session, "ann").id, role=Role.ANNOTATOR, skills=[])
        )
    with TemporaryDirectory() as folder:
        model = Transformer.from_checkpoint(checkpoint(Path(folder) / "checkpoint"))
        save(Pipeline(model, info={}), Path(folder) / "model")
        versions.add(store, artefacts, project, Path(folder) / "model", now=now, by=admin)


def checkpoint(folder: Path) -> Path:
    """Two layers with random weights behind the offline encoder's tokenizer."""
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=130
    )
    config.id2label = dict(enumerate(TAGS))
    config.label2id = {tag: number for number, tag in enumerate(TAGS)}
    torch.manual_seed(0)
    BertForTokenClassification(config).save_pretrained(folder)
    _, tokenizer = encoder_files("offline")
    copyfile(tokenizer, folder / "tokenizer.json")
    return folder
