"""A document transformer for LangChain."""

from collections.abc import Sequence
from typing import Any

from livener.adapters.entities import Model, entities_of, pipeline_of
from livener.errors import MissingDependencyError

try:
    from langchain_core.documents import BaseDocumentTransformer, Document
except ImportError:
    raise MissingDependencyError("langchain-core", extra="adapters", need="livener.adapters.langchain") from None


class EntityTransformer(BaseDocumentTransformer):
    """Puts the entities of each document into its metadata, under ``key``; the documents given stay as they are.

    >>> from livener import Pipeline
    >>> from livener.recognizers.registry import get
    >>> transformer = EntityTransformer(Pipeline(get("patterns")()))
    >>> [document] = transformer.transform_documents([Document(page_content="Pay $5.", metadata={"page": 1})])
    >>> document.metadata["page"], document.metadata["entities"][0]["text"]
    (1, '$5')
    """

    def __init__(self, model: Model, *, key: str = "entities") -> None:
        self._nlp, self._key = pipeline_of(model), key

    def transform_documents(self, documents: Sequence[Document], **_kwargs: Any) -> Sequence[Document]:
        """The documents with their entities."""
        found = entities_of(self._nlp, (document.page_content for document in documents))
        return [
            document.model_copy(update={"metadata": {**document.metadata, self._key: spans}})
            for document, spans in zip(documents, found, strict=True)
        ]
