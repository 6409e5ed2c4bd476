"""The map's figure and its colours."""

import itertools

import numpy as np
import pytest

from ui.figures import CLASSES, PALETTE, latent_map

# How dichromats see linear RGB: Machado, Oliveira & Fernandes 2009, severity 1
EYES = {
    "normal": np.eye(3),
    "red-blind": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "green-blind": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "blue-blind": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour):
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    lms = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566]]
    lms = np.cbrt(np.array([*lms, [0.0883024619, 0.2817188376, 0.6299787005]]) @ np.clip(rgb, 0, 1))
    lab = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099]]
    return np.array([*lab, [0.0259040371, 0.7827717662, -0.8086757660]]) @ lms


@pytest.mark.parametrize("eye", EYES)
def test_ten_classes_look_different_to_every_eye(eye):
    seen = [oklab(np.array(EYES[eye]) @ linear(colour)) for colour in PALETTE]
    assert len(seen) == 10
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 0.11


@pytest.mark.parametrize("ground", ["#ffffff", "#18181b"])
def test_every_class_stands_out_from_the_page(ground):
    def luminance(colour):
        return linear(colour) @ [0.2126, 0.7152, 0.0722]

    for colour in PALETTE:
        darker, lighter = sorted([luminance(colour), luminance(ground)])
        assert (lighter + 0.05) / (darker + 0.05) > 1.6


@pytest.mark.parametrize("dataset", CLASSES)
def test_the_map_has_an_empty_trace_for_each_class(dataset):
    figure = latent_map(dataset)
    assert [trace.name for trace in figure.data] == CLASSES[dataset]
    assert [trace.marker.color for trace in figure.data] == PALETTE
    assert all(trace.x is None for trace in figure.data)
    assert figure.layout.yaxis.scaleanchor == "x"  # a bubble that is round in latent space is round on the map
