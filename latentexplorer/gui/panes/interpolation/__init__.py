"""The Interpolation pane and what only it uses."""
