"""What a run is asked to do: one validated model for presets, the command line, the window's form and saved runs.

Every field carries its explanation and limits, from which the form and the help texts are made.
"""

from latentexplorer.core.config.data import DataConfig, Fit
from latentexplorer.core.config.model import ModelConfig
from latentexplorer.core.config.run import SCHEMA, RunConfig, try_parse, with_changes
from latentexplorer.core.config.training import Change, Recorded, TrainingConfig

__all__ = [
    "SCHEMA",
    "Change",
    "DataConfig",
    "Fit",
    "ModelConfig",
    "Recorded",
    "RunConfig",
    "TrainingConfig",
    "try_parse",
    "with_changes",
]
