"""The chooser of a new run: cards of what there is to train, see `dialog`."""
