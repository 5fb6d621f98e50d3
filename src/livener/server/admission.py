"""Who may call a route that is called thousands of times a second: what the store said holds for a moment."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from livener.server.identity import Asking, asking
from livener.server.policies import Policy
from livener.store import Store

_MOST = 10_000


class Admissions:
    """Remembers for ``seconds`` whom a token let in; a token that is ended is refused at the latest after them.

    Only who was let in is remembered, and only by a token: a session of the page is looked up each time.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], *, seconds: float) -> None:
        self._store, self._clock, self._seconds = store, clock, seconds
        self._known: dict[tuple[str, object, Policy], tuple[float, Asking]] = {}

    async def __call__(self, request: Request, policy: Policy) -> Asking:
        """Who asks.

        Raises:
            LivenerError: as `asking`.
        """
        header = request.headers.get("authorization")
        key = (header or "", request.path_params.get("project"), policy)
        known = self._known.get(key) if header else None
        if known is not None and known[0] > monotonic():
            found = known[1]
        else:
            found = await run_in_threadpool(self._look_up, request, policy)
            if header:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[key] = (monotonic() + self._seconds, found)
        request.scope["livener.user"] = found.name
        return found

    def _look_up(self, request: Request, policy: Policy) -> Asking:
        with self._store.reading() as session:
            found = asking(request, session, policy, now=self._clock())
        assert found is not None, "anyone may call it"
        return found
