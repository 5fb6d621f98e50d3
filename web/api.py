"""Write ``src/api/schema.d.ts`` from the server's description of itself: `python web/api.py`."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from livener.server import create_app
from livener.store import Artefacts, Store

WEB = Path(__file__).resolve().parent


def main() -> None:
    """Describe a server over an empty store, and let openapi-typescript read that."""
    with tempfile.TemporaryDirectory() as folder, Store(f"sqlite:///{folder}/store.db") as store:
        described = create_app(store, Artefacts(folder)).openapi()
        (Path(folder) / "openapi.json").write_text(json.dumps(described))
        command = ["npx", "openapi-typescript", f"{folder}/openapi.json", "-o", "src/api/schema.d.ts"]
        sys.exit(subprocess.run(command, cwd=WEB, check=False).returncode)


if __name__ == "__main__":
    main()
