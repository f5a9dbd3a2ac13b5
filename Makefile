# The verbs of the project. Each sets up what it needs in .venv first.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo test test-all try-kit lint format bench clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) not found; name another Python >= 3.11 with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,lint]"
	@touch $@

demo: $(READY)
	$(BIN)/hertzchain run lease --out out/demo/lease --force
	$(BIN)/hertzchain run admm --out out/demo/admm --force
	$(BIN)/hertzchain run coordination --out out/demo/coordination-run --force
	$(BIN)/hertzchain reproduce acquisition --out out/demo/acquisition --force
	$(BIN)/hertzchain reproduce coordination --seeds 4 --out out/demo/coordination --force
	$(BIN)/hertzchain reproduce leasing --out out/demo/leasing --force

test: $(READY)
	$(BIN)/python -m pytest -m "not slow" -n auto --dist loadfile

test-all: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile

try-kit: $(READY)
	rm -rf out/kit && mkdir -p out/kit
	$(BIN)/hertzchain app new lottery --into out/kit
	$(BIN)/hertzchain app check out/kit/lottery
	$(BIN)/python -m pytest out/kit/lottery

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	mkdir -p out
	$(BIN)/hertzchain bench gossip --json out/bench-gossip.json
	$(BIN)/hertzchain bench ledger --json out/bench-ledger.json
	$(BIN)/hertzchain bench sharing --json out/bench-sharing.json
	$(BIN)/hertzchain bench acquisition --json out/bench-acquisition.json
	$(BIN)/hertzchain bench coordination --json out/bench-coordination.json
	$(BIN)/hertzchain bench app --json out/bench-app.json

clean:
	rm -rf $(VENV) out build dist *.egg-info
