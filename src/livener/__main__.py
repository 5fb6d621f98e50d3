"""``python -m livener`` is the ``livener`` command."""

from livener.cli import main

if __name__ == "__main__":
    main()
