"""The panes: one folder each, one entry each in `table`."""
