"""Runs on disk: the folder, written and read in one place, and what is opened from it."""

from latentexplorer.runs.folder import STATUSES, RunFolder
from latentexplorer.runs.followed_folder import FollowedFolder
from latentexplorer.runs.listing import RunSummary, list_runs, summarise
from latentexplorer.runs.model_file import ModelInfo
from latentexplorer.runs.new_place import check_new, claimed, free_path
from latentexplorer.runs.snapshot import SHOWN, Snapshot, kept_snapshots, shown_index
from latentexplorer.runs.trained import Trained

__all__ = [
    "SHOWN",
    "STATUSES",
    "FollowedFolder",
    "ModelInfo",
    "RunFolder",
    "RunSummary",
    "Snapshot",
    "Trained",
    "check_new",
    "claimed",
    "free_path",
    "kept_snapshots",
    "list_runs",
    "shown_index",
    "summarise",
]
