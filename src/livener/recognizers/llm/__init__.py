"""A language model behind an OpenAI-compatible endpoint, hosted or on this machine."""

from livener.recognizers.llm.asking import Estimate
from livener.recognizers.llm.client import Answer, EndpointError, LLMClient, Request
from livener.recognizers.llm.engine import Llm
from livener.recognizers.llm.prompt import Prompt
from livener.recognizers.llm.settings import LlmSettings

__all__ = ["Answer", "EndpointError", "Estimate", "LLMClient", "Llm", "LlmSettings", "Prompt", "Request"]
