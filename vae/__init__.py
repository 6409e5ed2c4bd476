"""A variational autoencoder for 28x28 images: the model, its mathematics, its training and its files."""

__all__ = ["VAE"]
__version__ = "1.0.0"  # see CHANGELOG.md


def __getattr__(name):
    # Importing torch takes seconds. The page lists the models and answers its first visitor without it.
    if name == "VAE":
        from vae.model import VAE

        return VAE
    raise AttributeError(f"module 'vae' has no attribute {name!r}")
