##@ The command for Python people
.PHONY: wheel test-wheel test-pytorch
wheel: ## Build the wheel that holds the command lossland, in build/wheel (Linux amd64)
	@$(ENV); rm -f build/wheel/*.whl; python3 scripts/wheel.py

test-wheel: wheel ## Install the wheel without Go and with an empty HOME, write a report (PyPI)
	@$(ENV); python3 scripts/wheel_install.py build/wheel/*.whl

test-pytorch: .venv-bench/.installed setup ## From a PyTorch model to the report (PyPI)
	@$(ENV); mkdir -p build; go build -buildvcs=false -o build/lossland ./cmd/lossland; \
	"$$PYTHON" -m pip install --quiet --target build/onnx --upgrade onnx==$(ONNX_VERSION); \
	PYTHONPATH=build/onnx "$$PYTHON" scripts/walk_pytorch.py .venv-bench/bin/python build/lossland

# What both of PyTorch's exporters need beside PyTorch.
ONNX_VERSION := 1.23.2
