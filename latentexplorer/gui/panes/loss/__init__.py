"""The Loss pane and what only it uses."""
