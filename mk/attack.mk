##@ Attack
.PHONY: fuzz soak vulnerabilities
export FUZZ_TIME ?= 10m
export FUZZ_ONLY ?= .
fuzz: setup ## Every reader and figure on hostile input (FUZZ_TIME=1m FUZZ_ONLY=viz for less)
	@scripts/fuzz.sh "$$FUZZ_TIME" "$$FUZZ_ONLY"

vulnerabilities: setup ## Known faults of what is used (asks vuln.go.dev and pypi.org)
	@$(ENV); go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...
	@$(ENV); python -m venv build/pip-audit; \
	build/pip-audit/bin/pip install --quiet pip-audit==2.10.1; \
	build/pip-audit/bin/pip-audit --strict --require-hashes --disable-pip \
	--requirement requirements.txt

export SOAK_FOR ?= 1h
soak: setup ## An hour of everything: same numbers, no memory that grows (SOAK_FOR=5m for less)
	@$(ENV); go run -buildvcs=false ./internal/soak -for "$$SOAK_FOR"

# A few hundred inputs for each fuzz target: seconds each, most of them the linker's.
.PHONY: test-fuzz
test: test-fuzz
test-fuzz: setup ## Every reader and figure on a few hundred hostile inputs
	@scripts/fuzz.sh 300x

.PHONY: coverage
coverage: setup ## Statements that the tests run, by package (build/coverage; half an hour)
	@scripts/coverage.sh
