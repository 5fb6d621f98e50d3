"""Asking an endpoint many things at once: limits, retries, what was answered before, and what all of it came to."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from livener.recognizers.llm.answers import Kind, MalformedError, parsed, schema_of
from livener.recognizers.llm.client import Answer, EndpointError, LLMClient, Request, TryAgainError
from livener.recognizers.llm.limits import Answers, Budget, Pace, Sleep, key_of, tokens_in
from livener.recognizers.llm.settings import LlmSettings

_LONGEST_WAIT = 60.0
_LONGER = 4  # times max_tokens, for an answer that was cut off


@dataclass(frozen=True, slots=True)
class Estimate:
    """About what a run asks and costs, before anything is sent; ``cost`` is at the prices of the settings."""

    requests: int
    input_tokens: int
    output_tokens: int
    cost: float

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
        )

    def __str__(self) -> str:
        """
        >>> str(Estimate(2, 900, 300, 0.004))
        'about 2 requests, 900 tokens in, 300 out, cost 0.004'
        """
        said = f"about {self.requests:,} requests, {self.input_tokens:,} tokens in, {self.output_tokens:,} out"
        return f"{said}, cost {self.cost:.3g}" if self.cost else said


class Asking:
    """One endpoint with its limits; threads share it. ``counts`` says what was asked and what came of it."""

    def __init__(self, settings: LlmSettings, client: LLMClient, *, sleep: Sleep = time.sleep, seed: int = 0) -> None:
        self.settings, self.client = settings, client
        self.counts: Counter[str] = Counter()
        self.budget = Budget(settings.budget)
        self._pace = Pace(settings.requests_per_minute, settings.tokens_per_minute, sleep=sleep)
        self._answers = Answers(settings.cache)
        self._sleep = sleep
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def count(self, what: Counter[str]) -> None:
        """Add to the counts."""
        with self._lock:
            self.counts.update(what)

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """At the prices of the settings."""
        return (input_tokens * self.settings.input_price + output_tokens * self.settings.output_price) / 1e6

    def estimate(self, system: str, users: Sequence[str]) -> Estimate:
        """What it is about to ask and to cost; kept answers are reckoned as asked for again."""
        head = tokens_in(system)
        inside = sum(tokens_in(user) for user in users)
        output = sum(min(self.settings.max_tokens, 20 + tokens_in(user)) for user in users)
        total = head * len(users) + inside
        return Estimate(len(users), total, output, self.cost(total, output))

    def all(self, kind: type[Kind], system: str, users: Sequence[str], labels: Sequence[str]) -> list[Kind]:
        """The answer to each, in order, several at once.

        Raises:
            EndpointError: there is none for one of them, after all retries.
            InputError: the budget is spent.
        """
        schema = schema_of(kind, labels)

        def one(user: str) -> Kind:
            return self._one(kind, Request(system, user, schema, self.settings.max_tokens))

        if len(users) < 2 or self.settings.concurrency == 1:
            return [one(user) for user in users]
        with ThreadPoolExecutor(self.settings.concurrency) as pool:
            futures = [pool.submit(one, user) for user in users]
            try:
                return [future.result() for future in futures]
            except BaseException:
                for future in futures:
                    future.cancel()  # nothing more is sent, and paid for, than what is under way
                raise

    def _one(self, kind: type[Kind], request: Request) -> Kind:
        settings = self.settings
        key = key_of(
            *(settings.endpoint, settings.model, settings.temperature, settings.answers),
            *(request.system, request.user, request.schema),
        )
        if (known := self._answers.get(key)) is not None:
            self.count(Counter(cached=1))
            return parsed(kind, known.text)
        problem = ""
        for attempt in range(settings.retries + 1):
            if attempt:
                self.count(Counter(retried=1))
            try:
                answer = self._sent(request)
                found = parsed(kind, answer.text)
            except TryAgainError as error:
                problem = str(error)
                self.count(Counter({f"failed: {problem}": 1}))
                if attempt < settings.retries:
                    self._sleep(self._wait(attempt, error.after))
            except MalformedError as error:
                if answer.cut and request.max_tokens < _LONGER * settings.max_tokens:
                    problem = f"cut off at {request.max_tokens} tokens"
                    self.count(Counter({"cut off": 1}))
                    request = replace(request, max_tokens=2 * request.max_tokens)
                else:
                    problem = f"malformed: {error}"
                    self.count(Counter(malformed=1))
            else:
                self._answers.put(key, answer)
                return found
        raise EndpointError(
            f"{settings.endpoint}: no usable answer after {settings.retries + 1} tries ({problem}) "
            f"to the text {request.user[:40]!r}…"
        )

    def _sent(self, request: Request) -> Answer:
        size = tokens_in(request.system) + tokens_in(request.user)
        most = self.cost(size, request.max_tokens)
        self.budget.reserve(most)
        spent = 0.0
        try:
            self._pace.wait(size + request.max_tokens)
            answer = self.client.complete(request)
            used = answer.input_tokens or size, answer.output_tokens or tokens_in(answer.text)
            spent = self.cost(*used)
            self.count(Counter({"requests": 1, "input tokens": used[0], "output tokens": used[1]}))
        finally:
            self.budget.settle(most, spent)
        return answer

    def _wait(self, attempt: int, after: float | None) -> float:
        if after is not None:
            return min(after, _LONGEST_WAIT)
        with self._lock:
            jitter = self._random.random()
        return min(_LONGEST_WAIT, 0.5 * 2.0**attempt) * (0.5 + jitter)
