"""How a model is trained: the options of one run."""

import math
from dataclasses import dataclass
from typing import Literal

JITTER_UNTIL = 0.9  # share of the epochs; the last ones see the images as they are


@dataclass(frozen=True)
class TrainConfig:
    """The options of one training run.

    Raises:
        ValueError: a value is out of its range.
    """

    data: Literal["mnist", "fashion"] = "mnist"
    jitter: float = 1.0  # strength of random rotation, scale, slant and shift, in all but the last epochs
    binarize: bool = False  # pixels drawn anew from Bernoulli(grey) at every step: Burda et al. 2016
    epochs: int = 150
    batch: int = 256  # images per step, over all processes
    lr: float = 2e-3  # the highest, or with a constant schedule the only one
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    weight_decay: float = 0.05
    beta: float = 1.0  # weight of the KL term
    importance: int = 1  # draws of z per image; above 1 the loss is the bound of Burda et al. 2016
    warmup: int = 5  # epochs over which beta rises from 0
    critic: float = 0.0  # weight of the critic of samples from the prior; 0: none
    seed: int = 1
    precision: Literal["float32", "bfloat16"] = "float32"  # of the matrix products; the weights are float32

    def __post_init__(self):
        for name in ("epochs", "batch", "importance"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("jitter", "weight_decay", "beta", "warmup", "critic", "seed"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a finite number, at least 0, not {getattr(self, name)}")
        if not 0 < self.lr < math.inf:
            raise ValueError(f"lr must be a finite number above 0, not {self.lr}")
        if self.seed >= 2**63:
            raise ValueError(f"seed is below 2^63, not {self.seed}")
        if self.schedule not in ("one-cycle", "constant"):
            raise ValueError(f"schedule is 'one-cycle' or 'constant', not {self.schedule!r}")
        if self.precision not in ("float32", "bfloat16"):
            raise ValueError(f"precision is 'float32' or 'bfloat16', not {self.precision!r}")
