# Two commands for everybody: `make chat` and `make test`. Both can be run again at any time; what is done is not done twice.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
# More than the two cores that it is for: a third of the time, tests wait for processes of their own.
JOBS   ?= 3

# rag over the fine-tuned model is one more table, here from the environment.
DEMO_BACKENDS := KOTAE_BACKENDS__RAG_FINETUNED__KIND=rag KOTAE_BACKENDS__RAG_FINETUNED__ADAPTER=$(CURDIR)/sample_manual/adapters/komorebi-ledger.gguf

.DEFAULT_GOAL := help
.PHONY: help chat test lint types suite weights adapter demo-eval tours constraints screenshots recording clean

help:            ## Say what can be made
	@grep -hE '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

chat: $(VENV)/.installed weights   ## Set everything up and open the chat
	@$(BIN)/kotae chat

test: $(VENV)/.installed-dev weights lint types suite   ## Set everything up, then lint, types and all tests

lint: $(VENV)/.installed-dev       ## Style, formatting, and which way imports run
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.installed-dev      ## mypy, strict
	$(BIN)/mypy

suite: $(VENV)/.installed-dev weights  ## The tests alone
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

weights: $(VENV)/.installed        ## The embedded models, fetched once and verified
	@$(BIN)/kotae models fetch

adapter: $(VENV)/.installed-dev weights  ## Train the sample manual's adapter again (under 40 minutes on two cores)
	$(BIN)/python -m sample_manual.train_adapter

DEMO   ?= build/demo-eval
# With fewer than five questions of a type there is no interval. Five take about six minutes on two cores.
ASKED  ?= 5
demo-eval: $(VENV)/.installed-dev weights  ## Hold base, rag, finetuned and rag over finetuned against each other (under 10 minutes)
	@mkdir -p $(DEMO)
	$(DEMO_BACKENDS) $(BIN)/kotae eval run --questions sample_manual/questions.en.jsonl --limit $(ASKED) \
	  --backends base,rag,finetuned,rag_finetuned,quote --temperature 0 --seed 1 --out $(DEMO)/en
	$(BIN)/kotae eval run --questions sample_manual/questions.ja.jsonl --limit $(ASKED) --manual sample_manual/ja \
	  --backends quote --out $(DEMO)/ja
	$(DEMO_BACKENDS) $(BIN)/kotae eval report $(DEMO)/en --out $(DEMO)/report.en.html
	$(BIN)/kotae eval report $(DEMO)/ja --lang ja --out $(DEMO)/report.ja.html
	$(BIN)/kotae eval score $(DEMO)/en --metrics similarity,token_f1,groundedness,refusal,needless_refusal,all_pages,first_token \
	  --by-type similarity,groundedness

tours: $(VENV)/.installed-dev weights  ## Take the tours of fine-tuning in docs/tours.md, command by command
	$(BIN)/python -m docs.run_tours

screenshots: $(VENV)/.installed-dev  ## Draw the pictures in docs/ again
	$(BIN)/python -m docs.make_pictures

recording: $(VENV)/.installed-dev weights  ## Record half a minute of the chat for docs/ again
	$(BIN)/python -m docs.make_recording

constraints:     ## Pin the newest tree that fits pyproject.toml (then run the tests)
	$(PYTHON) docs/make_constraints.py

clean:           ## Remove the virtual environment and the tools' caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kotae needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

# A stamp is written last, so an installation that was interrupted is taken up again. pip itself comes first: the one that a
# virtual environment is born with can be too old for dependency groups.
$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -q --upgrade -c constraints.txt pip
	$(PIP) install -q -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -q -c constraints.txt -e '.[eval,office,serve,tune]' --group dev
	@touch $@
