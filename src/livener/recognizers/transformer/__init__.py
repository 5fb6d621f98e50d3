"""Any Hugging Face encoder as a recognizer."""

from livener.recognizers.transformer.engine import Transformer
from livener.recognizers.transformer.settings import TransformerSettings

__all__ = ["Transformer", "TransformerSettings"]
