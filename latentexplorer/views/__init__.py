"""What can be seen of a run, one module a kind: its settings, and a function from run and settings to plain arrays.

Panes, figures and commands share these. Nothing here draws, and nothing heavy is imported before it is used, so that
forms can be made from the settings before torch is there.
"""

from __future__ import annotations

from latentexplorer.views.base import View, ViewSettings
from latentexplorer.views.registry import VIEWS, ViewEntry, settings_class, settings_from

__all__ = ["VIEWS", "View", "ViewEntry", "ViewSettings", "settings_class", "settings_from"]
