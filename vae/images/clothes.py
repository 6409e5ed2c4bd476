"""Fashion-MNIST's own layout of a photograph of clothing.

Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms" (2017),
section 2: the edges close to the colour of the corners are trimmed, the longer side becomes 28 pixels, the grey is
negated. Their sharpening is left out.
"""

import numpy as np

from vae.images.files import LUMA, NoDigit
from vae.images.found import Edits, Found, within
from vae.images.look import Look

NEAR = 0.05  # of the largest intensity: colours that are as near to the corners' are ground
FIELD = 28


def find_clothes(rgb: np.ndarray, edits: Edits) -> Found:
    """Find a piece of clothing on a plain ground, and lay it out as Fashion-MNIST does.

    Args:
        rgb: [H, W, 3] in [0, 1].
        edits: corrections by a person; `threshold` has no meaning here.
    Raises:
        NoDigit: all of it is as its corners are.
    """
    part, corner = within(rgb, edits.crop)
    ground = np.median(part[[0, 0, -1, -1], [0, -1, 0, -1]], axis=0)
    thing = abs(part - ground).max(2) > NEAR
    if not thing.any():
        raise NoDigit("image.no_clothes")
    rows, columns = thing.any(1).nonzero()[0], thing.any(0).nonzero()[0]
    box = float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
    grey, tone = Look.around(box, 1.0).at(part, FIELD) @ LUMA, float(ground @ LUMA)
    polarity = edits.polarity or ("dark" if tone > 0.5 else "light")
    image = (tone - grey) / max(tone, NEAR) if polarity == "dark" else (grey - tone) / max(1 - tone, NEAR)
    return Found(image.clip(0, 1).astype(np.float32), corner.shares(box, rgb), polarity, False, 1.0)
