"""Whether this process is one of several that a launcher such as torchrun started for the same work."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from latentexplorer.core.errors import SettingsError


@dataclass(frozen=True)
class Launch:
    """This process among those that were started together.

    Attributes
    ----------
    rank, size : int
        Its number, from 0, and how many there are on all machines together.
    local_rank, local_size : int
        The same on its own machine.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Launch:
        """As the launcher's environment variables say; one process alone where there are none.

        Raises
        ------
        SettingsError
            If they are no numbers that go together.
        """
        if "RANK" not in environment or "WORLD_SIZE" not in environment:
            return cls()
        try:
            rank, size = int(environment["RANK"]), int(environment["WORLD_SIZE"])
            local_rank = int(environment.get("LOCAL_RANK", rank))
            local_size = int(environment.get("LOCAL_WORLD_SIZE", size))
        except ValueError:
            rank, size, local_rank, local_size = -1, 0, 0, 1
        if not (0 <= rank < size and 0 <= local_rank < local_size <= size):
            raise SettingsError(
                "RANK, WORLD_SIZE, LOCAL_RANK and LOCAL_WORLD_SIZE do not go together",
                "Start several processes with torchrun, or unset these environment variables",
            )
        return cls(rank, size, local_rank, local_size)
