"""The Map pane and what only it uses."""
