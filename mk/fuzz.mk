##@ Attack
.PHONY: fuzz
export FUZZ_TIME ?= 10m
export FUZZ_ONLY ?= .
fuzz: setup ## Every reader and figure on hostile input, ten minutes a target (FUZZ_TIME=1m FUZZ_ONLY=viz for less)
	@scripts/fuzz.sh "$$FUZZ_TIME" "$$FUZZ_ONLY"
