##@ Tests of the lesson
.PHONY: test-mutants
test: test-mutants
test-mutants: setup ## Deliberate faults in the notebooks: each must make a check fail
	@$(ENV); python scripts/mutants.py
