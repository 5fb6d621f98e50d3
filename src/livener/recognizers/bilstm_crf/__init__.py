"""A BiLSTM with a CRF: a network that trains on a CPU in minutes."""

from livener.recognizers.bilstm_crf.engine import BilstmCrf
from livener.recognizers.bilstm_crf.settings import BilstmCrfSettings

__all__ = ["BilstmCrf", "BilstmCrfSettings"]
