"""Training: a plain loop that reports to whoever listens, and everything it needs."""

from latentexplorer.training.controls import Controls
from latentexplorer.training.resuming import Plan, images_of, plan
from latentexplorer.training.trainer import train, train_in_processes

__all__ = ["Controls", "Plan", "images_of", "plan", "train", "train_in_processes"]
