"""The one state of the window, in parts with one subject each."""
