"""The Traversal pane and what only it uses."""
