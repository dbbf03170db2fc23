"""The sheet: what is in a person's own images, and what a training would make of them."""
