# Everything is done by dev/run.py; `python3 dev/run.py --help` lists a few commands more.
# Variables: ARGS="-k target" (for pytest or the benchmarks), SITE=name, BENCH=/path/to/frappe-bench,
# ENGINE=upstream|pypi, PROCESSES=1 (for test). See dev/README.md.
.DEFAULT_GOAL := help
.PHONY: help demo test console lint benchmark stop clean

export ARGS SITE BENCH ENGINE PROCESSES
RUN := python3 dev/run.py

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Bring up Frappe, ERPNext and the app with demo data, and serve the desk
	@$(RUN) demo

test: ## Run the whole suite (ARGS="-k name" for a part of it)
	@$(RUN) test

console: ## Open a Python console on the demo site, or run the script on standard input
	@$(RUN) console

lint: ## Check style with ruff, prettier and eslint
	@$(RUN) lint

benchmark: ## Measure what benchmarks/README.md describes
	@$(RUN) benchmark

stop: ## Stop the servers that `make demo` and `make test` started
	@$(RUN) stop

clean: ## Stop them and delete .bench/: sites, databases and downloads
	@$(RUN) clean
