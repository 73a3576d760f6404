##@ Tests of the lesson
.PHONY: test-mutants
test: test-mutants
test-mutants: setup ## Deliberate faults in the notebooks: each must make a check fail
	@$(ENV); python scripts/mutants.py

.PHONY: lesson-twice
lesson-twice: setup packages ## Execute the notebooks in two orders, compare (NB=02-slice: one)
	@$(ENV); python scripts/twice.py $$NB
