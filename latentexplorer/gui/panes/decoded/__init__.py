"""The Decoded pane and what only it uses."""
