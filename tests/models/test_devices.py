"""Which device a model is computed on."""

from __future__ import annotations

import pytest
import torch

from latentexplorer.core.errors import SettingsError
from latentexplorer.models.devices import choose_device


def test_a_device_that_is_not_there_is_refused_and_auto_takes_what_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == "cpu"
    with pytest.raises(SettingsError, match=r"no CUDA device.*training\.device"):
        choose_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert (choose_device("auto"), choose_device("cpu")) == ("cuda", "cpu")
