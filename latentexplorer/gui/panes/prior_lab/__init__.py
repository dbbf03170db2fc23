"""The pane that holds codes against their prior and others, and what only it uses."""
