"""The factored linear-chain CRF: trains in seconds, tags with five gathers a token, learns on from single answers."""

from livener.recognizers.crf.engine import Crf
from livener.recognizers.crf.settings import CrfSettings
from livener.recognizers.crf.vectors import WordVectors

__all__ = ["Crf", "CrfSettings", "WordVectors"]
