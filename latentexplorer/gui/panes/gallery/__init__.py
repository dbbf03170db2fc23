"""The Gallery pane and what only it uses."""
