"""Which device a model is computed on."""

from __future__ import annotations

import torch

from latentexplorer.core.errors import SettingsError


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
