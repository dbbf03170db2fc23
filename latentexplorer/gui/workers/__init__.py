"""Threads: what is worked out beside the window, and how its answers come back."""
