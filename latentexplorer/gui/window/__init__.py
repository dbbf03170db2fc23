"""The frame around the panes: what places, names, opens, exports and closes."""
