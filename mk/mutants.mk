##@ Deliberate faults
.PHONY: mutants
mutants: setup ## Deliberate faults in the Go packages: each must make its test fail (half an hour on two cores)
	@$(ENV); go test -count=1 -timeout 120m -run 'Mutants$$' ./pkg/viz ./pkg/transform ./pkg/sam ./pkg/result ./pkg/spectrum ./pkg/landscape ./pkg/trajectory ./internal/numpy -mutants
