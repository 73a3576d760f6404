##@ Deliberate faults
.PHONY: mutants
mutants: setup ## Deliberate faults in the Go packages: each must make its test fail
	@$(ENV); go test -count=1 -timeout 120m -run 'Mutants$$' $(MUTANT_PACKAGES) -mutants

# The packages whose tests list deliberate faults.
MUTANT_PACKAGES = $$(grep -rl --include='*_test.go' 'mutants\.Try(' pkg internal | xargs dirname | \
	sort -u | sed 's|^|./|')
