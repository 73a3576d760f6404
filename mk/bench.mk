##@ Benchmarks
export BENCH_ARGS ?=
export GROWTH_ARGS ?=
.PHONY: bench growth bench-lock gpu-bundle test-gpu-bundle
bench: .venv-bench/.installed setup ## Ours, JAX and PyTorch (BENCH_ARGS="-case surface": a part)
	@$(ENV); go run ./bench $$BENCH_ARGS

growth: setup ## Seconds and peak memory to 10⁷ weights and to 10⁶ examples (ten minutes)
	@$(ENV); go run ./bench/growth $$GROWTH_ARGS

gpu-bundle: setup ## What measures a card where there is no Go: build/gpu-bundle; there ./run.sh
	@$(ENV); scripts/gpu_bundle.sh

test-gpu-bundle: gpu-bundle .venv-bench/.installed ## Run it short, on the CPU, without Go
	@elsewhere=$$(mktemp -d); trap 'rm -rf "$$elsewhere"' EXIT; \
	tar --extract --gzip --file build/gpu-bundle.tar.gz --directory "$$elsewhere"; \
	env -i HOME="$$elsewhere" PATH=/usr/bin:/bin "$$elsewhere/gpu-bundle/run.sh" \
	--cpu --short --python "$(CURDIR)/.venv-bench/bin/python"

bench-lock: ## Resolve bench/requirements.in into bench/requirements.txt
	@$(ENV); bench/lock.sh

.venv-bench/.installed: bench/requirements.txt
	@$(call not-a-link,.venv-bench)
	@$(ENV); echo "bench: JAX and PyTorch into .venv-bench (4.5 GB)"; \
	rm -rf .venv-bench; "$$PYTHON" -m venv .venv-bench; \
	.venv-bench/bin/pip install --quiet --require-hashes --requirement bench/requirements.txt; \
	touch $@
