"""Live search on a real HTTP server that answers as Wikidata's does."""

import json
import pickle
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from livener.linking import KnowledgeBase, Linker
from livener.linking.wikidata import SearchError, WikidataSearch
from livener.pipeline.stages.link import Link
from livener.text import Span

KNOWN = {
    "Ada Lovelace": [
        {"id": "Q7259", "label": "Ada Lovelace", "description": "mathematician", "match": {"text": "Ada Lovelace"}},
        {"id": "Q1", "label": "Ada Lovelace Award", "match": {"text": "Ada Lovelace Award"}},
        {"id": "Q2"},
    ]
}


class Server:
    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.agents: list[str] = []
        self.script: list[str] = []
        self.url = ""


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            state.asked.append(query)
            state.agents.append(self.headers["User-Agent"])
            how = state.script.pop(0) if state.script else "good"
            if how == "slow":
                time.sleep(1.5)
            body = b"<html>" if how == "no JSON" else json.dumps({"search": KNOWN.get(query["search"], [])}).encode()
            try:
                self.send_response(int(how) if how.isdecimal() else 200)
                self.send_header("Retry-After", "3")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # who asked has left

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{httpd.server_port}/w/api.php"
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield state
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def test_only_names_that_nobody_knows_are_asked_for_once(server: Server, kb: KnowledgeBase) -> None:
    live = WikidataSearch(url=server.url)
    linker = Linker(kb, live=live)
    texts, spans = ["Ada Lovelace never saw Zürich."], [[Span(0, 12, "PER"), Span(23, 29, "LOC")]]
    for _ in range(2):
        [[ada, city]] = linker.link(texts, spans)
        assert (ada and ada.id, city and city.id) == ("Q7259", "Q72")
    (asked,) = server.asked
    assert (asked["action"], asked["search"], asked["language"]) == ("wbsearchentities", "Ada Lovelace", "en")
    assert "livener" in server.agents[0]
    assert linker.hit_rate == 0.5
    live.close()


@pytest.mark.parametrize(("how", "waited"), [("429", 3.0), ("503", 3.0), ("no JSON", 0.5), ("slow", 0.5)])
def test_what_may_be_over_soon_is_tried_again(server: Server, how: str, waited: float) -> None:
    slept: list[float] = []
    server.script = [how]
    live = WikidataSearch(url=server.url, timeout=0.7, sleep=slept.append)
    assert [(one.id, one.kind) for one in live.candidates("Ada Lovelace")] == [("Q7259", "exact"), ("Q1", "part")]
    assert slept == [waited]
    live.close()


def test_no_answer_is_no_link_and_is_not_kept(server: Server, kb: KnowledgeBase) -> None:
    live = WikidataSearch(url=server.url, retries=1, sleep=lambda _: None)
    linker = Linker(kb, live=live)
    server.script = ["500", "500"]
    asked = ["Ada Lovelace left."], [[Span(0, 12, "PER")]]
    assert linker.link(*asked) == [[None]]
    assert linker.unanswered == 1
    [[found]] = linker.link(*asked)
    assert found
    assert found.id == "Q7259"
    server.script = ["404"]
    with pytest.raises(SearchError, match="status 404"):
        live.candidates("x")
    assert pickle.loads(pickle.dumps(live)).candidates("Ada Lovelace")
    live.close()


def test_it_is_off_unless_asked_for(kb: KnowledgeBase, tmp_path: Path) -> None:
    assert Linker(kb).live is None
    assert Link(kb=tmp_path / "kb")._linker.live is None
    stage = Link(kb=tmp_path / "kb", wikidata=True)
    assert stage._linker.live is not None
    stage._linker.live.close()
