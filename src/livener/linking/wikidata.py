"""Live search in Wikidata, for names that the knowledge base does not know. Off unless somebody asks for it."""

import time
from collections.abc import Callable
from typing import Any

from livener.errors import LivenerError, MissingDependencyError
from livener.linking.knowledge_base import Candidate
from livener.linking.names import fold_name

API = "https://www.wikidata.org/w/api.php"
_AGENT = "livener (named-entity linking; python-httpx)"


class SearchError(LivenerError):
    """The search does not answer; what it would have found is not known."""


class WikidataSearch:
    """Asks the search of Wikidata for a name; only names leave the machine, never the text around them.

    ``timeout`` in seconds, for each try; ``retries`` after a fault of the server, too many requests, or silence,
    waiting as long as the server says.

    Raises:
        MissingDependencyError: httpx is not installed.

    Source: https://www.wikidata.org/w/api.php?action=help&modules=wbsearchentities
    """

    def __init__(
        self,
        *,
        url: str = API,
        language: str = "en",
        limit: int = 7,
        timeout: float = 5.0,
        retries: int = 2,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        try:
            import httpx
        except ImportError:
            raise MissingDependencyError("httpx", extra="linking", need="search in Wikidata") from None
        self._httpx = httpx
        self._url, self._language, self._limit = url, language, limit
        self._timeout, self._retries, self._sleep = timeout, retries, sleep
        self._client = httpx.Client(timeout=timeout, headers={"User-Agent": _AGENT})

    def candidates(self, name: str) -> list[Candidate]:
        """What the name may mean, in the order of the search.

        Raises:
            SearchError: no answer, after all tries.
        """
        asked = {
            **{"action": "wbsearchentities", "format": "json", "search": name, "limit": self._limit},
            **{"language": self._language, "uselang": self._language},
        }
        found = self._answer(asked).get("search", [])
        return [_candidate(name, rank, one) for rank, one in enumerate(found) if one.get("id") and one.get("label")]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._url, self._language, self._limit, self._timeout, self._retries)

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        problem = ""
        for attempt in range(self._retries + 1):
            wait = 0.5 * 2.0**attempt
            try:
                response = self._client.get(self._url, params=asked)
                if response.status_code == 200:
                    answer = response.json()
                    if isinstance(answer, dict) and "error" not in answer:
                        return answer
                    problem = f"no result: {str(answer)[:100]}"
                else:
                    problem = f"status {response.status_code}"
                    if response.status_code not in (429, 500, 502, 503, 504):
                        break
                    wait = _seconds(response.headers.get("Retry-After"), wait)
            except (self._httpx.HTTPError, ValueError) as error:
                problem = f"{type(error).__name__}: {error}"
            if attempt < self._retries:
                self._sleep(min(wait, 30.0))
        raise SearchError(f"{self._url}: no answer ({problem})")


def _seconds(header: str | None, default: float) -> float:
    return float(header) if header and header.isdecimal() else default


def _candidate(name: str, rank: int, one: dict[str, Any]) -> Candidate:
    matched = str(one.get("match", {}).get("text") or one["label"])
    kind = "exact" if matched == name else "folded" if fold_name(matched) == fold_name(name) else "part"
    # The search ranks by how well known things are; that is all that it tells of popularity.
    known = 10.0 / (1 + rank)
    return Candidate(
        *(one["id"], one["label"], "", str(one.get("description", "")), known, {}),
        *(kind, 1.0 if kind != "part" else 0.8, known),
    )


def _again(url: str, language: str, limit: int, timeout: float, retries: int) -> WikidataSearch:
    return WikidataSearch(url=url, language=language, limit=limit, timeout=timeout, retries=retries)
