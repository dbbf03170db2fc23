"""The pane that explains the loss, and what only it uses."""
