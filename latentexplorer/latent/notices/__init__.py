"""What a person would not see of a run: one function a kind, from what is known of the run to at most one notice."""

from latentexplorer.latent.notices.known import KnownImages, known_of
from latentexplorer.latent.notices.notice import KindOfNotice, Known, Notice, Place
from latentexplorer.latent.notices.registry import KINDS, notices_of, notices_of_run
from latentexplorer.latent.notices.steady import Steady

__all__ = [
    "KINDS",
    "KindOfNotice",
    "Known",
    "KnownImages",
    "Notice",
    "Place",
    "Steady",
    "known_of",
    "notices_of",
    "notices_of_run",
]
