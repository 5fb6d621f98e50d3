"""The narrow boundary to a language model: a request, an answer, and what can go wrong."""

import os
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, Self
from weakref import finalize

from pydantic import BaseModel, Field, ValidationError

from livener.errors import LivenerError, MissingDependencyError


class EndpointError(LivenerError):
    """An endpoint does not answer, or not with what was asked for; ``passage`` tells which text it was."""


class TryAgainError(Exception):
    """What may be over in a moment: too many requests, a fault of the server, no answer in time, no connection.

    ``after``: how many seconds the server asks to wait, where it says so.
    """

    def __init__(self, problem: str, *, after: float | None = None) -> None:
        super().__init__(problem)
        self.after = after


@dataclass(frozen=True, slots=True)
class Request:
    """A system prompt, what the user says, and the JSON schema of the answer."""

    system: str
    user: str
    schema: dict[str, Any]
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of an answer, whether it was ``cut`` off, and the tokens that were counted (0: not told)."""

    text: str
    cut: bool = False
    input_tokens: int = 0
    output_tokens: int = 0


class LLMClient(Protocol):
    """Whatever answers requests."""

    def complete(self, request: Request) -> Answer:
        """The answer.

        Raises:
            TryAgainError: not now.
            EndpointError: not ever: no such model, no permission, a request that is refused.
        """
        ...


class _Message(BaseModel):
    content: str | None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Answered(BaseModel):
    """What is read of an answer: the package ``openai`` takes whatever an endpoint sends."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: Any = None

    @classmethod
    def of(cls, found: Any) -> Self:
        if not hasattr(found, "model_dump"):
            raise TryAgainError("not an answer: no object")
        try:
            return cls.model_validate(found.model_dump(warnings=False))
        except ValidationError as error:
            first = error.errors()[0]
            raise TryAgainError(f"not an answer: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None

    def used(self, kind: str) -> int:
        """Tokens that were counted, or 0: an answer that was paid for is not thrown away for how it counts."""
        count = self.usage.get(kind) if isinstance(self.usage, dict) else None
        return max(0, count) if isinstance(count, int) else 0


class OpenAIClient:
    """An OpenAI-compatible endpoint, through the ``openai`` package; the API key is read from the environment.

    Raises:
        MissingDependencyError: ``openai`` is not installed.
    """

    def __init__(
        self,
        endpoint: str,
        model: str,
        *,
        key: str = "OPENAI_API_KEY",
        timeout: float = 60.0,
        temperature: float = 0.0,
        answers: Literal["schema", "object", "text"] = "schema",
    ) -> None:
        try:
            import openai
        except ImportError:
            raise MissingDependencyError("openai", extra="llm", need="the engine llm") from None
        self._errors = openai
        self.endpoint, self.model, self.temperature, self.answers = endpoint, model, temperature, answers
        http = openai.DefaultHttpxClient(follow_redirects=False)  # text goes where it was named, and no further
        finalize(self, http.close)
        self._client = openai.OpenAI(
            base_url=endpoint,
            api_key=os.environ.get(key) or "none",  # a local server asks for none
            timeout=timeout,
            max_retries=0,  # those of the engine are counted, and wait for the limits
            http_client=http,
        )

    def complete(self, request: Request) -> Answer:
        """The answer of the endpoint."""
        errors = self._errors
        try:
            found = self._client.chat.completions.create(**self._arguments(request))
        except errors.APITimeoutError:
            raise TryAgainError("no answer in time") from None
        except errors.APIConnectionError as error:
            raise TryAgainError(f"no connection: {error.__cause__ or error}") from None
        except errors.APIStatusError as error:
            if error.status_code in (408, 409, 429) or error.status_code >= 500:
                raise TryAgainError(f"status {error.status_code}", after=_seconds(error.response.headers)) from None
            raise EndpointError(f"{self.endpoint} refuses: {error.status_code} {_told(error.body)}") from None
        except (errors.APIError, ValueError) as error:  # an answer that is no JSON, or none of this API
            raise TryAgainError(f"not an answer: {error}") from None
        answer = _Answered.of(found)
        first = answer.choices[0]
        used = answer.used("prompt_tokens"), answer.used("completion_tokens")
        return Answer(first.message.content or "", first.finish_reason == "length", *used)

    def _arguments(self, request: Request) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}],
            "max_tokens": request.max_tokens,
            "temperature": self.temperature,
        }
        if self.answers == "schema":
            named = {"name": "answer", "schema": request.schema, "strict": True}
            arguments["response_format"] = {"type": "json_schema", "json_schema": named}
        elif self.answers == "object":
            arguments["response_format"] = {"type": "json_object"}
        return arguments


def _seconds(headers: Any) -> float | None:
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def _told(body: Any) -> str:
    inner = body.get("error", body) if isinstance(body, dict) else body
    message = inner.get("message", inner) if isinstance(inner, dict) else inner
    return " ".join(str(message or "").split())[:200]
