"""Python's search for garbage, put off for a while, and memory that goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys

import pytest

from latentexplorer.core.garbage import SHAPES_KEPT, collected_later

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


THREADS = """
from pathlib import Path
from threading import Barrier, Thread
from latentexplorer.core.garbage import give_back, in_few_places

def held_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

def work():
    all_there.wait()
    pile = [bytes(2000) for _ in range(10_000)]
    all_there.wait()

in_few_places()
# After it the C library keeps twice as much at the end of each place.
large = bytearray(30 * 2**20)
del large
before = held_mb()
all_there = Barrier(12)
threads = [Thread(target=work) for _ in range(12)]
for each in threads:
    each.start()
for each in threads:
    each.join()
give_back()
print(held_mb() - before)
"""

SIZES = """
import ctypes
from latentexplorer.core.garbage import keep_few_shapes

keep_few_shapes(KEPT)
import torch

class Info(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

library = ctypes.CDLL(None)
library.mallinfo2.restype = Info
torch.set_num_threads(1)
net = torch.nn.ConvTranspose2d(16, 16, 4, 2, 1)
held = []
with torch.no_grad():
    for size in range(1, 81):
        net(torch.ones(size, 16, 2, 2))
        found = library.mallinfo2()
        held.append((found.uordblks + found.hblkhd) / 2**20)
print(held[-1] - held[39])
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


KEEPS = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library keeps nothing"
)


@KEEPS
def test_what_many_threads_had_goes_back_to_the_system() -> None:
    ended = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=True)
    # Of 240; what is free at the ends of twelve places would stay.
    assert float(ended.stdout) < 80


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="the C library does not tell"
)
def test_what_torch_prepares_for_batches_of_all_sizes_is_kept_for_some() -> None:
    code = SIZES.replace("KEPT", "16")
    # A window that was opened in this process has said how many.
    unsaid = {name: value for name, value in os.environ.items() if name not in SHAPES_KEPT}
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=unsaid)
    # Else some megabytes for forty sizes.
    assert float(ended.stdout) < 0.5


@KEEPS
def test_what_is_free_goes_back_to_the_system() -> None:
    # In a process of its own: how much there is to give back depends on all that came before.
    ended = subprocess.run([sys.executable, "-c", PILE], capture_output=True, text=True, check=True)
    assert float(ended.stdout) > 100
