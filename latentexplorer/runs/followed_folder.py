"""A run folder as the other processes of a training see it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from latentexplorer.core.config import RunConfig
from latentexplorer.core.history import History
from latentexplorer.runs.dimension_history import DimensionHistory
from latentexplorer.runs.folder import RunFolder


class FollowedFolder(RunFolder):
    """A run folder that another process writes: it can be read where it can be seen, and nothing is written."""

    def write_config(self, config: RunConfig) -> None:
        self.config = config

    def write_history(self, history: History) -> None:
        """Nothing."""

    def write_dimensions(self, dimensions: DimensionHistory) -> None:
        """Nothing."""

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Nothing."""

    def write_environment(self, environment: Mapping[str, Any]) -> None:
        """Nothing."""

    def log(self, line: str) -> None:
        """Nothing."""

    def set_status(self, status: str, message: str = "") -> None:
        """Nothing."""

    def clear_leftovers(self) -> None:
        """Nothing."""

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """The process that writes holds the folder."""
        yield
