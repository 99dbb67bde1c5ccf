# Everything a fresh machine needs: `make demo` shows the main job, `make test` proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What the caller's environment says of AWS and of Python must not reach a test, nor a measured start.
CLEAN := env -u AWS_CA_BUNDLE -u AWS_PROFILE -u AWS_DEFAULT_PROFILE -u PYTHONDONTWRITEBYTECODE -u PYTHONUNBUFFERED
PYTEST := $(CLEAN) $(BIN)/python -m pytest

.PHONY: demo test check unit soak bench pictures tools shells clean

demo: $(VENV)/.installed shells
	@$(CLEAN) $(BIN)/awsenv demo

test: check unit

check: $(VENV)/.developed tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.developed $(VENV)/.javascript tools
	$(PYTEST) -n 3 -m "not soak"

soak: $(VENV)/.developed $(VENV)/.javascript tools
	AWSENV_SOAK=1 $(PYTEST) -n 2

bench: $(VENV)/.developed tools
	@# As a wheel installs it, and the peers, each in a venv of its own.
	@# Two steps: the script is of the pip that installs it, and older ones import what takes long to load.
	$(PYTHON) -m venv --clear .bench/own && .bench/own/bin/python -m pip install --quiet "pip>=25.1"
	.bench/own/bin/python -m pip install --quiet .
	test -d .bench/peers || { $(PYTHON) -m venv .bench/peers && .bench/peers/bin/python -m pip install --quiet \
		aws-sso-util aws2-wrap awsume yawsso; }
	$(CLEAN) $(BIN)/python tests/bench/report.py

pictures: $(VENV)/.developed tools
	$(CLEAN) $(BIN)/python tests/pictures.py

tools:
	@sh .ci/tools

shells:
	@sh .ci/tools bash zsh fish

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.developed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@ $(VENV)/.installed

# Where there is no npm, or no registry, the tests with this SDK say that they are left out, and the gate goes on.
$(VENV)/.javascript: tests/aws/javascript/package.json | $(VENV)/bin/python
	@mkdir -p $(VENV)/javascript && cp $< $(VENV)/javascript
	@npm install --prefix $(VENV)/javascript --silent --no-audit --no-fund --no-package-lock --ignore-scripts \
		--fetch-retries=0 --fetch-timeout=20000 && touch $@ || \
		echo "the AWS SDK for JavaScript could not be installed: no test is made with it" >&2

clean:
	rm -rf $(VENV) .bench build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
