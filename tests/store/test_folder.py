"""Where a project's store is: its file, and the environment."""

from pathlib import Path

import pytest

from livener.errors import InputError
from livener.store.folder import FILE, Places, create, places


def test_paths_begin_at_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create(tmp_path / "p")
    monkeypatch.chdir(tmp_path)
    expected = Places(f"sqlite:///{tmp_path}/p/store.db", f"{tmp_path}/p/artefacts")
    assert places("p", environment={}) == places(tmp_path / "p", environment={}) == expected
    (tmp_path / "p" / FILE).write_text(f'[store]\nurl = "sqlite:///{tmp_path}/a.db"\nartefacts = "s3://bucket/x"')
    assert places("p", environment={}) == Places(f"sqlite:///{tmp_path}/a.db", "s3://bucket/x")


def test_the_environment_is_read_over_the_file(tmp_path: Path) -> None:
    create(tmp_path / "p")
    given = {"LIVENER_STORE_URL": "postgresql://ner@db/ner", "LIVENER_STORE_ARTEFACTS": "elsewhere"}
    assert places(tmp_path / "p", environment=given) == Places("postgresql://ner@db/ner", f"{tmp_path}/p/elsewhere")
    assert places("sqlite:///x.db", environment={}) == Places("sqlite:///x.db")


def test_a_url_with_quotes_is_kept(tmp_path: Path) -> None:
    url = f'sqlite:///{tmp_path}/ä "quoted" \\ name.db'
    create(tmp_path / "p", url=url)
    assert places(tmp_path / "p", environment={}).url == url


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[store", "not TOML"),
        ("store = 1", "store is not a table"),
        ("[store]\nurll = 'x'", "store.urll = 'x' .expected strings: url, artefacts"),
        ("[store]\nurl = 1", "store.url = 1"),
        ("[store]\nurl = ''", "store.url = ''"),
    ],
)
def test_what_is_wrong_in_the_file(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(InputError, match=problem) as caught:
        places(tmp_path, environment={})
    assert (caught.value.where or "").endswith(FILE)
