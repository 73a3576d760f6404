##@ Benchmarks
export BENCH_ARGS ?=
export GROWTH_ARGS ?=
.PHONY: bench growth bench-lock
bench: .venv-bench/.installed setup ## Ours beside JAX and PyTorch (a quarter of an hour; BENCH_ARGS="-case surface" for a part)
	@$(ENV); go run ./bench $$BENCH_ARGS

growth: setup ## Seconds and peak memory from 10⁴ to 10⁷ weights and 10³ to 10⁶ examples (ten minutes)
	@$(ENV); go run ./bench/growth $$GROWTH_ARGS

bench-lock: ## Resolve bench/requirements.in into bench/requirements.txt
	@$(ENV); bench/lock.sh

.venv-bench/.installed: bench/requirements.txt
	@$(ENV); echo "bench: JAX and PyTorch into .venv-bench (4.5 GB)"; \
	rm -rf .venv-bench; "$$PYTHON" -m venv .venv-bench; \
	.venv-bench/bin/pip install --quiet --require-hashes --requirement bench/requirements.txt; touch $@
