"""Any image file of a digit, made into the 28 x 28 image that MNIST's authors would have made of it."""

from vae.images.files import ImageError, NoDigit, load, planes
from vae.images.ink import Edits, Found, find, normalize

__all__ = ["Edits", "Found", "ImageError", "NoDigit", "find", "load", "normalize", "planes"]
