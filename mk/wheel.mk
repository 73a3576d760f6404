##@ The command for Python people
.PHONY: wheel test-wheel
wheel: ## Build the wheel that holds the command lossland, in build/wheel (Linux amd64)
	@$(ENV); python3 scripts/wheel.py

test-wheel: wheel ## Install the wheel into a fresh environment with an empty HOME, without Go, and write a report (needs PyPI)
	@$(ENV); python3 scripts/wheel_install.py build/wheel/*.whl
