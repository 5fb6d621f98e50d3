"""What can be set of the engine ``llm``."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from livener.errors import InputError

ENVIRONMENT = "LIVENER_LLM_ENDPOINT"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """``endpoint`` and ``model`` are needed; there is no default, as text is sent there.

    ``endpoint``: the URL of an OpenAI-compatible API, such as ``http://localhost:11434/v1`` (Ollama) or
    ``http://localhost:8000/v1`` (vLLM, llama.cpp). ``key``: the environment variable with the API key.

    The prompt: ``guidelines`` is a Markdown file with a section ``## LABEL`` for each label, ``labels`` (default:
    those of the guidelines, else of the training documents), ``examples`` how many annotated sentences it shows,
    ``template`` the version of the rest.

    Hybrid: ``refine`` is a model directory whose spans are taken, and only those with a score below ``below`` are
    asked about; nothing but their sentences is sent.

    Requests: sentences of one document go together up to ``passage`` characters; ``concurrency`` at once; ``timeout``
    in seconds, ``retries`` after a failure, ``max_tokens`` of an answer, ``temperature``; ``answers`` says how JSON
    is asked for: by its ``schema``, as an ``object``, or in words only (``text``), for endpoints that know no better.

    Limits: ``requests_per_minute`` and ``tokens_per_minute`` (0: none); ``budget``, in the currency in which
    ``input_price`` and ``output_price`` are given for a million tokens, is never passed (0: none).

    ``cache``: a file that keeps answers, or ``"memory"``. ``score``: of a span, where no documents were there to
    measure how often it is right.
    """

    endpoint: str
    model: str
    key: str = "OPENAI_API_KEY"
    guidelines: str | None = None
    labels: tuple[str, ...] = ()
    examples: int = 8
    template: str | None = None
    refine: str | None = None
    below: float = 0.6
    passage: int = 1500
    concurrency: int = 4
    timeout: float = 60.0
    retries: int = 4
    max_tokens: int = 1024
    temperature: float = 0.0
    answers: Literal["schema", "object", "text"] = "schema"
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    budget: float = 0.0
    input_price: float = 0.0
    output_price: float = 0.0
    cache: str = "memory"
    score: float = 0.8

    def __post_init__(self) -> None:
        url = urlsplit(self.endpoint)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise InputError(f"llm: endpoint = {self.endpoint!r}", fix="a URL, such as http://localhost:8000/v1")
        if not self.model:
            raise InputError("llm: model is missing", fix="the name of a model at the endpoint")
        least = {"passage": 0, "concurrency": 1, "retries": 0, "max_tokens": 16, "examples": 0, "budget": 0}
        for name, value in least.items():
            if getattr(self, name) < value:
                raise InputError(f"llm: {name} = {getattr(self, name)}", fix=f"at least {value}")
        if self.budget and not (self.input_price or self.output_price):
            raise InputError("llm: a budget without prices", fix="input_price and output_price, for a million tokens")

    @property
    def stays_here(self) -> bool:
        """Whether the endpoint is on this machine.

        >>> [LlmSettings(url, "m").stays_here for url in ("http://localhost:8000/v1", "https://api.test/v1")]
        [True, False]
        """
        return urlsplit(self.endpoint).hostname in _LOOPBACK
