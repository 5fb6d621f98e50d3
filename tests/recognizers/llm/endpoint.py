"""A real HTTP server on this machine that answers like an OpenAI-compatible endpoint, well and badly."""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Endpoint:
    """What it was asked (``requests``), and how it behaves: each of ``script`` is for one request, then it is good.

    It knows ``names`` with their labels, and finds them wherever they stand in the text.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        self.requests: list[dict[str, Any]] = []
        self.script: list[str] = []
        self.decisions: dict[str, tuple[str, str]] = {}
        self.at_once = self.most_at_once = 0
        self.pause = 0.0
        self.lock = threading.Lock()
        self.url = ""

    def texts(self) -> list[str]:
        return [request["messages"][1]["content"] for request in self.requests]

    def answered(self, request: dict[str, Any], how: str) -> tuple[int, dict[str, str], Any]:
        text = request["messages"][1]["content"]
        if how == "429":
            return 429, {"Retry-After": "0.01"}, {"error": {"message": "slow down"}}
        if how == "500":
            return 500, {}, {"error": {"message": "a fault"}}
        if how == "401":
            return 401, {}, {"error": {"message": "no such key"}}
        if how == "no JSON":
            return 200, {}, None
        if how == "no list":
            return 200, {}, {"id": "1", "choices": {"0": "Ada"}}
        if how.startswith("http://"):
            return 307, {"Location": how}, {}
        if "decisions" in request["response_format"]["json_schema"]["schema"]["properties"]:
            content: Any = json.dumps({"decisions": self._decisions(text)}, ensure_ascii=False)
        else:
            content = json.dumps({"entities": self._entities(text)}, ensure_ascii=False)
        if how == "hallucinated":
            said = [
                {"before": "", "text": "Nobody Inc.", "label": "ORG"},
                {"before": "", "text": text.split()[0], "label": "PLANET"},
                {"before": "", "text": text.split()[0][:-1], "label": "ORG"},
            ]
            content = json.dumps({"entities": [*said, *self._entities(text)]})
        if how == "malformed":
            content = content.replace('"label"', '"lable"') if '"label"' in content else "Sure! Here you are."
        if how == "fenced":
            content = f"Sure:\n```json\n{content}\n```"
        if how == "thoughts":
            content = f'<think>They want {{"entities": []}}, or {{Ada}}?</think>\n{content}'
        if how == "parts":
            content = [{"type": "text", "text": content}]
        reason = "stop"
        if how == "cut off":
            content, reason = content[: len(content) // 2], "length"
        choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": content}}
        usage: Any = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        if how == "odd counts":
            usage = {"prompt_tokens": "100", "completion_tokens": -1}
        whole = {"id": "1", "object": "chat.completion", "created": 0, "model": "small", "choices": [choice]}
        return 200, {}, {**whole, "usage": usage}

    def _entities(self, text: str) -> list[dict[str, str]]:
        found = []
        for match in re.finditer("|".join(map(re.escape, sorted(self.names, key=len, reverse=True))), text):
            before = " ".join(text[: match.start()].split()[-2:])
            found.append({"before": before, "text": match.group(), "label": self.names[match.group()]})
        return found

    def _decisions(self, text: str) -> list[dict[str, Any]]:
        candidates = json.loads(text.rpartition("Candidates: ")[2])
        made = []
        for one in candidates:
            name, label = self.decisions.get(one["text"], (one["text"], one["label"]))
            made.append({"candidate": one["candidate"], "text": name, "label": label})
        return made


@contextmanager
def serving(names: Mapping[str, str]) -> Iterator[Endpoint]:
    """The server, on a free port."""
    endpoint = Endpoint(names)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with endpoint.lock:
                endpoint.requests.append(request)
                endpoint.at_once += 1
                endpoint.most_at_once = max(endpoint.most_at_once, endpoint.at_once)
                how = endpoint.script.pop(0) if endpoint.script else "good"
            time.sleep(2.0 if how == "slow" else endpoint.pause)
            status, headers, answer = endpoint.answered(request, how)
            with endpoint.lock:
                endpoint.at_once -= 1
            body = b"<html>no</html>" if answer is None else json.dumps(answer).encode()
            try:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # who asked has left: it was too slow

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
