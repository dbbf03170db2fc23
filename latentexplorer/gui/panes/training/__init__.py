"""The Training pane and what only it uses."""
