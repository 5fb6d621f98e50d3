"""Which entry of a knowledge base a span means: candidates, ranking, and when to say that it is none of them."""

from livener.linking.entities import Entity, read_entities
from livener.linking.knowledge_base import Candidate, KnowledgeBase, Mention
from livener.linking.linker import Link, Linker, fit_ranker, mentions_of
from livener.linking.ranking import Ranker
from livener.linking.wikidata import WikidataSearch

__all__ = [
    "Candidate",
    "Entity",
    "KnowledgeBase",
    "Link",
    "Linker",
    "Mention",
    "Ranker",
    "WikidataSearch",
    "fit_ranker",
    "mentions_of",
    "read_entities",
]
