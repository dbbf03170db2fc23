"""Where images come from: sets of uint8 images with labels and columns, checked when they are loaded."""

from latentexplorer.data.factors import factors
from latentexplorer.data.image_set import DataSplit, ImageSet, ImageShape
from latentexplorer.data.load import load_data
from latentexplorer.data.own_images import read_images

__all__ = ["DataSplit", "ImageSet", "ImageShape", "factors", "load_data", "read_images"]
