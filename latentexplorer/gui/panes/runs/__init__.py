"""The Runs pane and what only it uses."""
