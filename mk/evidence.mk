##@ Evidence
export EVIDENCE_ARGS ?=
export SAM_ARGS ?=
.PHONY: evidence evidence-quick evidence-table evidence-sam
evidence: setup ## Measure every claim at full scale (an hour; goes on where it stopped)
	@$(ENV); go run ./cmd/lossland evidence --force --scale full $$EVIDENCE_ARGS

evidence-quick: setup ## The same with few seeds and few steps, in build/evidence
	@$(ENV); go run ./cmd/lossland evidence --force --scale quick $$EVIDENCE_ARGS

evidence-table: ## Make evidence/claims.json anew from evidence/data
	@$(ENV); go run ./cmd/lossland evidence --force --scale full --table

evidence-sam: setup ## SAM and ASAM on the digits, ten seeds (SAM_ARGS=--draw only draws again)
	@$(ENV); go run ./cmd/lossland sam-digits --force $$SAM_ARGS
