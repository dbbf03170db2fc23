"""The table `model`: which latent-variable model a run trains, and its objective."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from latentexplorer.core.catalog import FAMILIES, Family
from latentexplorer.core.config.table import Settings
from latentexplorer.core.registry import suggest


class ModelConfig(Settings):
    """Which latent-variable model, and its objective."""

    family: str = Field("vae", title="Model", description="The family of models.")
    architecture: str = Field(
        "", title="Architecture", description="How the networks are built. Empty: the family's own."
    )
    latent_dim: int = Field(
        2, ge=1, le=4096, title="Latent size", description="Numbers in a code. Two can be drawn as they are."
    )
    prior: Literal["normal", "laplace", "exponential", "uniform"] = Field(
        "normal", title="Prior", description="The distribution that codes are pulled towards; uniform is on [-1, 1]."
    )
    log_codes: bool = Field(
        False,
        title="Logarithmic codes",
        description="Codes are on a logarithmic scale, where one step is one order of size. For the exponential prior "
        "only, whose posteriors differ in nothing else.",
    )
    likelihood: Literal["gaussian", "bernoulli", "laplace"] = Field(
        "gaussian",
        title="Likelihood",
        description="How a decoded image explains the pixels: squared, cross-entropy or absolute error.",
    )
    sigma: float | Literal["auto", "learned"] = Field(
        "auto",
        title="Pixel sigma",
        description="Noise of the pixels on [0, 1]: a number, 'learned', or 'auto': 0.1 up to 32 pixels, above as much "
        "as PCA leaves. Smaller: sharper images, less pull from the prior.",
    )
    beta: float = Field(
        1.0,
        ge=0,
        le=1e6,
        title="KL weight",
        description="Pulls each code towards the prior. Higher: smoother space, blurrier images.",
    )
    kl_warmup: float = Field(
        0.0,
        ge=0,
        le=1e6,
        title="KL warm-up",
        description="Epochs over which the KL weight grows from zero. Helps against collapse.",
    )
    free_bits: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Free bits",
        description="Nats per dimension that cost nothing. Keeps dimensions in use.",
    )
    tc_weight: float = Field(
        5.0,
        ge=0,
        le=1e6,
        title="TC weight",
        description="What the total correlation costs beside the KL. Higher: dimensions that tell of different things, "
        "blurrier images. 0: a VAE whose KL is only looked into.",
    )
    mmd_weight: float = Field(
        300.0,
        ge=0,
        le=1e9,
        title="MMD weight",
        description="Nats that a squared distance (MMD) of 1 between codes and prior costs each image. Higher: codes "
        "fill the prior evenly, blurrier images.",
    )
    hidden: tuple[Annotated[int, Field(ge=1, le=65536)], ...] = Field(
        (),
        max_length=12,
        fail_fast=True,
        title="Hidden sizes",
        description="Sizes of the fully connected layers, from image to code. Empty: by image size.",
    )
    channels: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (),
        max_length=12,
        fail_fast=True,
        title="Channels",
        description="Channels of the convolutions, from image to code. Empty: by image size.",
    )
    match_prior: bool = Field(
        False,
        title="Match the prior",
        description="At the end of a training bring each dimension of the codes to the width of the normal prior, and "
        "the decoder with it. Images stay what they are, the KL falls, draws from the prior come nearer to images.",
    )
    code_init: Literal["auto", "normal", "zero", "per-class", "pca"] = Field(
        "auto",
        title="Code start",
        description="Where an auto-decoder's codes start: around zero, at zero, around one centre per class, or at the "
        "principal components of the images, which learns fastest. Auto: around zero up to 32 pixels, above at the "
        "principal components, each with a spread of one.",
    )
    code_init_scale: float = Field(
        0.1, ge=0, le=100, title="Code start spread", description="Standard deviation of the start of the codes."
    )
    code_penalty: float = Field(
        1e-4,
        ge=0,
        le=1e6,
        title="Code penalty",
        description="Weight of the squared length of a code (its Gaussian prior), per image.",
    )
    sizing: Literal[1, 2, 3] = Field(
        3,
        title="Size rule",
        description="By which rule empty sizes follow the images; older runs have 1 or 2.",
    )
    mixture: Literal["difference", "sum", "mean"] = Field(
        "difference",
        title="Mixture",
        description="How two images are mixed. Sum and mean are symmetric: the better assignment counts.",
    )
    dropout: float = Field(
        0.3, ge=0, lt=1, title="Dropout", description="Part of the channels dropped in each decoder while training."
    )

    @field_validator("family")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in FAMILIES:
            raise ValueError(f"there is no model family {name!r}. {suggest(name, FAMILIES.names)}")
        return name

    @field_validator("sigma")
    @classmethod
    def _positive(cls, sigma: float | str) -> float | str:
        if not isinstance(sigma, str) and not 1e-3 <= sigma <= 100:
            raise ValueError("must be between 0.001 and 100, or 'auto' or 'learned'")
        return sigma

    @model_validator(mode="after")
    def _fits(self) -> ModelConfig:
        family = FAMILIES[self.family]
        if self.architecture and self.architecture not in family.architectures:
            raise ValueError(
                f"architecture {self.architecture!r} does not go with family {self.family!r}; "
                f"choose {' or '.join(family.architectures)}, or leave it empty"
            )
        if self.likelihood not in family.likelihoods:
            raise ValueError(
                f"likelihood {self.likelihood!r} does not go with family {self.family!r}; "
                f"choose {' or '.join(family.likelihoods)}"
            )
        if self.match_prior and "match_prior" in family.settings and self.prior != "normal":
            raise ValueError("match_prior: only a normal prior has a width that codes are brought to")
        return self

    @property
    def kind(self) -> Family:
        """The table's entry for this family."""
        return FAMILIES[self.family]

    @property
    def term_weights(self) -> dict[str, float]:
        """What each of the family's own terms counts in the loss, by its name."""
        terms = self.kind.terms
        return {
            term.name: getattr(self, term.weight) if isinstance(term.weight, str) else term.weight for term in terms
        }

    @property
    def code_prior(self) -> str:
        """The prior as codes are written: "log-exponential" for exponential codes on a logarithmic scale."""
        return "log-exponential" if self.prior == "exponential" and self.log_codes else self.prior

    @property
    def blueprint(self) -> str:
        """The architecture in force: the one asked for, else the family's own."""
        return self.architecture or self.kind.architectures[0]
