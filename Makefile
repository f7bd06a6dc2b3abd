# All that is needed is Python 3.11 or newer with its venv module; PYTHON=… chooses another interpreter.

PYTHON ?= python3
PYTEST_ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python
FLASK := $(RUN) -m flask --app app
PIP := $(RUN) -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run test test-deploy check format bench
.SILENT:

help:  ## this list
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile

run: $(VENV)/installed  ## install what is missing, migrate, seed the demo, serve, with a worker for background jobs
	$(FLASK) db upgrade
	if [ "$${APP_ENV:-demo}" = demo ]; then $(FLASK) seed-demo && $(FLASK) demo-accounts; fi
	$(FLASK) run-worker --while-parent-lives & \
	exec $(RUN) -m gunicorn --config config/gunicorn.py 'app:create_app()'

test: check  ## linters, types and all tests, with the coverage; PYTEST_ARGS=… is handed to pytest
	$(RUN) -m pytest -p tests.measuring $(PYTEST_ARGS)

test-deploy: $(VENV)/installed-dev  ## kill parts of a whole installation behind nginx; nginx and redis-server must be installed
	TEST_DEPLOY=1 $(RUN) -m pytest -m deploy -rs $(PYTEST_ARGS)

check: $(VENV)/installed-dev  ## linters and types only
	$(RUN) -m ruff check --quiet .
	$(RUN) -m ruff format --check --quiet .
	$(RUN) -m mypy --no-error-summary
	$(RUN) -m djlint --quiet --lint templates

format: $(VENV)/installed-dev  ## lay out all code, and mend what the linter can mend
	$(RUN) -m ruff check --fix-only --quiet .
	$(RUN) -m ruff format --quiet .

bench: $(VENV)/installed-dev  ## measure speed beside other libraries and write docs/performance.md; BENCH_SIZE=S is shorter
	$(RUN) -m benchmarks

# The three stamps below are made only when their step has succeeded.
$(VENV)/created:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv --clear $(VENV)
	touch $@

$(VENV)/installed: requirements.txt $(VENV)/created
	echo "Installing the libraries (once) ..."
	$(PIP) install --requirement requirements.txt
	touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	echo "Installing the tools of the tests (once) ..."
	$(PIP) install --requirement requirements-dev.txt
	touch $@
