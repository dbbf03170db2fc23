"""Which device a model is computed on, and what it can do."""

from __future__ import annotations

import torch

from latentexplorer.core.errors import SettingsError

NATIVE_BF16 = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")
"""Names of processor features, two of x86 and two of ARM, any of which multiplies matrices of bfloat16."""


def choose_device(wanted: str) -> str:
    """ "cpu" or "cuda" for a wish of "cpu", "cuda" or "auto", which is CUDA where there is one.

    Raises
    ------
    SettingsError
        If CUDA is asked for and there is none.
    """
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise SettingsError("There is no CUDA device here", "Choose auto or cpu as the device (training.device)")
    return ("cuda" if there else "cpu") if wanted == "auto" else wanted


def native_bf16(device: str) -> bool:
    """Whether a "cpu" or "cuda" device here multiplies matrices of bfloat16 by itself.

    Others imitate it: measured on one with AVX2 alone, a training step took a hundred times as long as in fp32.
    """
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    known = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    if known is not None and not known():
        # oneDNN, which multiplies on a CPU, may be told to leave out what the processor has (ONEDNN_MAX_CPU_ISA).
        return False
    if hasattr(torch.cpu, "get_capabilities"):
        return any(torch.cpu.get_capabilities().get(name) is True for name in NATIVE_BF16)
    # Before PyTorch told all of it.
    return bool(torch.cpu._is_avx512_bf16_supported())


def has_tf32() -> bool:
    """Whether the card multiplies fp32 with the 10 bits of TF32, as they do from Ampere on."""
    return torch.cuda.get_device_capability() >= (8, 0)
