"""Directions between groups of images: made, told of, moved along."""
