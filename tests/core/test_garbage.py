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


@KEEPS
def test_what_is_free_goes_back_to_the_system() -> None:
    # In a process of its own: how much there is to give back depends on all that came before.
    ended = subprocess.run([sys.executable, "-c", PILE], capture_output=True, text=True, check=True)
    assert float(ended.stdout) > 100
