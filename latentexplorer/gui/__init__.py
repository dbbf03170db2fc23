"""The window: the only room that knows Qt."""

from latentexplorer.gui.imports import leave_imports_alone
from latentexplorer.gui.overrides import guard_overrides

leave_imports_alone()
guard_overrides()
