"""What the machine can do is asked of PyTorch, whichever way this version of it tells."""

from __future__ import annotations

import pytest
import torch

from latentexplorer.models.devices import native_bf16


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True, "avx512_bf16": False}, True),
        ({"bf16": True}, True),
        ({"sve_bf16": True}, True),
        ({"avx2": True, "avx512_f": True, "avx512_bf16": False, "cpu_name": "bf16"}, False),
        ({}, False),
    ],
)
def test_bfloat16_is_a_feature_of_the_processor(
    monkeypatch: pytest.MonkeyPatch, features: dict[str, object], expected: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features, raising=False)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True, raising=False)
    assert native_bf16("cpu") is expected
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    assert not native_bf16("cpu"), "oneDNN was told to leave it out"


def test_an_older_pytorch_is_asked_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True, raising=False)
    for there in (True, False):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda there=there: there)
        assert native_bf16("cpu") is there


@pytest.mark.gpu
def test_cuda_devices_of_today_have_it() -> None:
    assert native_bf16("cuda") is (torch.cuda.get_device_properties(0).major >= 8)
