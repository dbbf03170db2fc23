"""Formats that a person's own images come in, one module each: files in, arrays out."""
