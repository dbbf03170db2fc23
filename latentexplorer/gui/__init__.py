"""The window: the only room that knows Qt."""

from latentexplorer.gui.imports import leave_imports_alone

leave_imports_alone()
