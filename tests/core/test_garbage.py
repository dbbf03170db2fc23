"""Python's search for garbage, put off for a while, and memory that goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys

import pytest

from latentexplorer.core.garbage import collected_later

PILE = """
from pathlib import Path
from latentexplorer.core.garbage import give_back

def held_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

pile = [bytes(2000) for _ in range(100_000)]
del pile[:-1]
before = held_mb()
give_back()
print(before - held_mb())
"""


@pytest.mark.parametrize("before", [True, False], ids=["python searches", "somebody else does"])
def test_it_goes_on_as_before_also_after_an_error(before: bool) -> None:
    (gc.enable if before else gc.disable)()
    try:
        with pytest.raises(KeyError), collected_later():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() == before
    finally:
        gc.enable()


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library keeps nothing"
)
def test_what_is_free_goes_back_to_the_system() -> None:
    # In a process of its own: how much there is to give back depends on all that came before.
    ended = subprocess.run([sys.executable, "-c", PILE], capture_output=True, text=True, check=True)
    assert float(ended.stdout) > 100
