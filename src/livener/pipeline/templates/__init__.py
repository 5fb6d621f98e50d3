"""What a project of one domain begins with: labels and guidelines, rules, lists, limits, worked examples."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from livener.errors import InputError
from livener.pipeline.config import default_config

NAMES = ("clinical", "finance", "legal", "news", "retail", "support")
FILES = ("guidelines.md", "patterns.toml", "acronyms.toml", "terms.csv", "examples.inline")
_FIRST = re.compile(r"(?:# )?\[\[stage\]\]")
_USE = re.compile(r'(?:# )?use = "([a-z]+)\.v\d+"')
_SETTING = re.compile(r"(\w+)( *)= (.*?)(\s+#.*)?")


@dataclass(frozen=True, slots=True)
class Template:
    """``about`` the domain in a line, ``settings`` of the project (routing and review), ``files`` by their names."""

    name: str
    about: str
    settings: Mapping[str, Any]
    files: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Write the files, among them ``pipeline.toml``, into a folder."""
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")


def template(name: str) -> Template:
    """The template of a domain.

    Raises:
        InputError: there is none of that name.

    >>> sorted(template("legal").files)
    ['acronyms.toml', 'examples.inline', 'guidelines.md', 'patterns.toml', 'pipeline.toml', 'terms.csv']
    """
    if name not in NAMES:
        raise InputError(f"no template {name!r}", fix=" | ".join(NAMES))
    folder = files("livener.pipeline.templates") / name
    texts = {file: (folder / file).read_text(encoding="utf-8") for file in FILES}
    head = tomllib.loads((folder / "template.toml").read_text(encoding="utf-8"))
    texts["pipeline.toml"] = configured(default_config(), head.pop("stages"))
    return Template(name, head.pop("about"), head, texts)


def configured(text: str, stages: Mapping[str, Mapping[str, Any]]) -> str:
    r"""A ``pipeline.toml`` with comments in which these stages are in use, with these settings.

    >>> text = '# [[stage]]\n# use = "join.v1"  # pieces\n# gaps = [" "]  # between\n\n[[stage]]\nuse = "trim.v1"\n'
    >>> print(configured(text, {"join": {"gaps": [""]}}))
    [[stage]]
    use = "join.v1"  # pieces
    gaps = [""]   # between
    <BLANKLINE>
    [[stage]]
    use = "trim.v1"
    """
    blocks = re.split(r"(?<=\n)(?=(?:# )?\[\[stage\]\])", text)
    return "".join("".join(_block(block.splitlines(keepends=True), stages)) for block in blocks).rstrip("\n")


def _block(lines: list[str], stages: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    used = _USE.match(lines[1]) if _FIRST.match(lines[0]) and len(lines) > 1 else None
    settings = stages.get(used[1]) if used else None
    inside = settings is not None
    for line in lines:
        inside = inside and bool(line.strip())
        yield _line(line.removeprefix("# "), settings or {}) if inside else line


def _line(line: str, settings: Mapping[str, Any]) -> str:
    match = _SETTING.fullmatch(line.rstrip("\n"))
    if match is None or match[1] not in settings:
        return line
    setting, comment = f"{match[1]}{match[2]}= {_value(settings[match[1]])}", (match[4] or "").strip()
    column = len(line.rstrip("\n")) - len(comment)
    return f"{setting.ljust(column - 1)} {comment}\n" if comment else f"{setting}\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
