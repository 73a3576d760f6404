"""Where the peers compute, and how precisely: on the card where LOSSLAND_CARD=1 says so, in full
float32 unless LOSSLAND_TF32=1. Without the first, on the CPU. Both frameworks would round the
factors of products to TF32 on a card by themselves (PyTorch: those of convolutions)."""

import functools
import os


def card():
    """Whether the peers are to use the card."""
    return os.environ.get("LOSSLAND_CARD") == "1"


@functools.cache
def jax():
    """Returns JAX, set to the device and the precision."""
    # Others are on the card at the same time: JAX would take three quarters of its memory.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    import jax

    jax.config.update("jax_platforms", "cuda" if card() else "cpu")
    if card() and os.environ.get("LOSSLAND_TF32") != "1":
        jax.config.update("jax_default_matmul_precision", "highest")
    return jax


@functools.cache
def torch():
    """Returns PyTorch, set to the precision, and a function that brings a tensor or a model to the
    device."""
    import torch

    if not card():
        return torch, lambda x: x
    tf32 = os.environ.get("LOSSLAND_TF32") == "1"
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    return torch, lambda x: x.to("cuda")


def finished(result):
    """Waits for the card, and returns the result."""
    if card():
        torch()[0].cuda.synchronize()
    return result
