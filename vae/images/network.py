"""The ink network: marks the ink of a handwritten digit in a small image, and says whether there is a digit at all.

A U-Net (Ronneberger, Fischer and Brox 2015) of 3 x 3 convolutions over 2 x 2 blocks of pixels; the browser reads the
same weights, see ui/static/maths/unet.js.
"""

from functools import cache
from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from vae.images.look import KINDS

WEIGHTS = Path(__file__).with_name("ink.safetensors")
CHANNELS = (16, 32, 64, 80, 96)  # at 1/2, 1/4, 1/8, 1/16 and 1/32 of the image's side


class Convolution(nn.Module):
    """A 3 x 3 convolution and a ReLU; while it is trained, with batch normalisation between them."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.norm: nn.Module = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(x)))

    def fuse(self) -> None:
        """Make the normalisation part of the convolution."""
        assert isinstance(self.norm, nn.BatchNorm2d), "it is done once"
        self.conv = fuse_conv_bn_eval(self.conv.eval(), self.norm.eval())
        self.norm = nn.Identity()


class InkNetwork(nn.Module):
    """Ink and the kind of an image: x -> (logits of the ink of each pixel, logits of KINDS)."""

    def __init__(self):
        super().__init__()
        pairs = list(pairwise(CHANNELS))
        self.first = nn.Sequential(Convolution(12, CHANNELS[0]), Convolution(CHANNELS[0], CHANNELS[0]))
        self.down = nn.ModuleList(nn.Sequential(Convolution(a, b, 2), Convolution(b, b)) for a, b in pairs)
        self.narrow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairs)
        self.up = nn.ModuleList(Convolution(a, a) for a, _ in pairs)
        self.ink = nn.Conv2d(CHANNELS[0], 4, 1)
        self.kind = nn.Linear(2 * CHANNELS[-1], len(KINDS))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mark the ink.

        Args:
            x: [B, 3, H, W], red, green and blue in [0, 1]; H and W multiples of 32.
        Returns:
            logits of the ink [B, H, W], its sigmoid the share of a pixel that is ink, and of the kinds [B, 3].
        """
        h = self.first(F.pixel_unshuffle(x - 0.5, 2))  # [B, 12, H/2, W/2] -> [B, 16, H/2, W/2]
        levels = [h]
        for down in self.down:
            h = down(h)
            levels.append(h)  # at last [B, 96, H/32, W/32]
        kind = self.kind(torch.cat([h.mean((2, 3)), h.amax((2, 3))], 1))
        for level, narrow, up in zip(reversed(levels[:-1]), reversed(self.narrow), reversed(self.up), strict=True):
            h = up(level + F.interpolate(narrow(h), scale_factor=2))
        return F.pixel_shuffle(self.ink(h), 2)[:, 0], kind

    def fuse(self) -> "InkNetwork":
        """Make the normalisations part of the convolutions: what is stored has none."""
        for module in self.modules():
            if isinstance(module, Convolution):
                module.fuse()
        return self


def save(network: InkNetwork, path: Path) -> None:
    """Write the weights of a fused network in half precision."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: weight.half().contiguous() for name, weight in network.state_dict().items()}, path)


@cache
def load(path: Path = WEIGHTS) -> InkNetwork:
    """The trained network, read once."""
    network = InkNetwork().fuse().eval()
    network.load_state_dict(load_file(path))
    return network
