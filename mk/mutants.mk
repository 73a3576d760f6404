##@ Deliberate faults
.PHONY: mutants
mutants: setup ## Deliberate faults in the Go packages: each must make its test fail (half an hour on two cores)
	@$(ENV); go test -count=1 -timeout 120m ./pkg/viz -run 'TestMutants' -mutants
	@$(ENV); go test -count=1 -timeout 120m ./pkg/transform -run 'TestJVPMutants' -jvp.mutants
	@$(ENV); go test -count=1 -timeout 120m ./pkg/landscape -run 'TestCurvatureMutants|TestSurfaceMutants' -curvature.mutants -surface.mutants
