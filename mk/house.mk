##@ The house
export API_ARGS ?=
.PHONY: api
api: ## Count what each package exports (API_ARGS="-at ../other" counts another checkout)
	@$(ENV); go run -buildvcs=false ./internal/api $$API_ARGS
