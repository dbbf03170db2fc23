"""Memory that runs out while a command works something out: a line that says so, and nothing half."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.cli.conftest import Latentexplorer


def not_for_torch(*_: object) -> torch.Tensor:
    return torch.empty(2**50)


def not_for_numpy(*_: object, **__: object) -> np.ndarray:
    return np.empty(2**50)


@pytest.mark.parametrize("command", ["evaluate", "figure", "encode", "project"])
def test_a_command_for_which_the_memory_does_not_reach_says_so_in_a_line(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    images = tmp_path / "images.npy"
    out = tmp_path / {"figure": "figure.png", "encode": "z.npz"}.get(command, "map.csv")
    np.save(images, np.zeros((5, 28, 28), np.uint8))
    rest = {
        "evaluate": (digits_run, "--json"),
        "figure": ("traversal", digits_run, "--out", out),
        "encode": (digits_run, images, "--out", out),
        "project": (digits_run, "--method", "tsne", "--out", out),
    }[command]
    # What asks for more than any machine has says so in words of its own.
    if command == "project":
        monkeypatch.setattr("scipy.sparse.csr_matrix", not_for_numpy)
    else:
        monkeypatch.setattr("torch.nn.functional.linear", not_for_torch)
    code, said, err = latentexplorer(command, *rest, "--quiet")
    assert (code, said) == (2, "")
    assert err == "latentexplorer: The memory is full. Use fewer images or a smaller batch\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == [images.name]
