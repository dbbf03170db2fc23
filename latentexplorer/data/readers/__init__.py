"""Formats that a person's own images come in, one module each: files in, `Loaded` out."""

KINDS = "a folder of images, an .npz, .npy or idx file, or an image"
CORRECT = "Correct what is named, then load again"
