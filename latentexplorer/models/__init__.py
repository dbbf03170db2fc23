"""Latent-variable models of images: one module per family, all answering the questions of `LatentModel`."""

from latentexplorer.models.base import Batch, LatentModel, LossTerms
from latentexplorer.models.build import build_model
from latentexplorer.models.codes import Codes
from latentexplorer.models.encoding import decode_images, encode_images, to_batch
from latentexplorer.models.fitting import Inferred, InferSettings, infer_codes

__all__ = [
    "Batch",
    "Codes",
    "InferSettings",
    "Inferred",
    "LatentModel",
    "LossTerms",
    "build_model",
    "decode_images",
    "encode_images",
    "infer_codes",
    "to_batch",
]
