"""Python's search for garbage, put off for a while."""

from __future__ import annotations

import gc

import pytest

from latentexplorer.core.garbage import collected_later


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
