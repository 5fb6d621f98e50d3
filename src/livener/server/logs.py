"""Where the log goes: one JSON object per line on stderr."""

import json
import logging
import sys
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Every record as one line of JSON, a traceback in it included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        message = record.getMessage()
        if record.name.startswith("livener.") and message.startswith("{"):
            if not record.exc_info:  # one of each request: it is not read to be written again
                return f"{json.dumps(line)[:-1]}, {message[1:]}"
            line |= json.loads(message)
        else:
            line |= {"event": "log", "logger": record.name, "message": message}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def set_up(*, level: int = logging.INFO) -> None:
    """Send what livener and uvicorn log to stderr, as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("livener", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
