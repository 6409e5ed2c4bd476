"""The model card: what a model is, how it was made and how well it does, from its own metrics."""

from vae.model import VAEConfig

TEMPLATE = """\
---
library_name: latent-explorer
license: mit
tags: [vae, {data}, latent-space]
datasets: [{hub_dataset}]
---
# {name}

A dense variational autoencoder on {dataset}, {latent_dim} latent dimensions: {encoder} into mu and logvar, and back
through {decoder}, {activation} between the layers, {likelihood} likelihood, beta = {beta:g}.

| on the {images:,} test pictures, {samples} draws of z each | nats per image |
|---|---|
| **-ELBO** | **{nelbo:.2f}** |
| reconstruction | {reconstruction:.2f} |
| KL divergence | {kl:.2f} |

{active_units} of the {latent_dim} dimensions are active (their mean varies over the test pictures by more than 0.01).

## How it was made

    {command}

Epochs of the 60,000 training pictures: {epochs}. Batch {batch}, AdamW at up to {lr:g} (one-cycle) with weight decay
{weight_decay:g}, beta raised from 0 over {warmup} epochs, seed {seed}. It took {seconds:,.0f} s on {device}, with torch
{torch}, at commit {git_commit}, {date}. `metrics.json` holds the figures of every epoch.

## How to use it

```python
from vae import VAE

model = VAE.from_pretrained("checkpoints/{name}")
mu, logvar = model.encode(x)  # x [B, 1, 28, 28] in [0, 1]
x_hat = model.decode(mu)  # [B, 1, 28, 28] in [0, 1]
```

`atlas.safetensors` holds the posteriors of the test pictures (`mu`, `logvar`, `labels`) and the plane of the map
(`center`, `axes`, `plane`).

It knows centred 28x28 pictures, white on black, and nothing else; its samples are blurrier than what it learned from.
"""

DATASETS = {"mnist": ("MNIST", "ylecun/mnist"), "fashion": ("Fashion-MNIST", "zalando-datasets/fashion_mnist")}


def model_card(metrics: dict, shape: VAEConfig) -> str:
    """The README.md of a checkpoint folder, in Markdown with the Hub's front matter."""
    dataset, hub_dataset = DATASETS[metrics["training"]["data"]]
    return TEMPLATE.format(
        **{key: metrics[key] for key in ("name", "command", "seconds", "device")},
        date=metrics["date"][:10],
        **metrics["training"],
        **{key: metrics["test"][key] for key in ("images", "samples", "nelbo", "reconstruction", "kl", "active_units")},
        git_commit=metrics["git_commit"] or "(outside git)",
        torch=metrics["versions"]["torch"],
        dataset=dataset,
        hub_dataset=hub_dataset,
        latent_dim=shape.latent_dim,
        encoder="–".join(map(str, (784, *shape.encoder_hidden))),
        decoder="–".join(map(str, (*shape.decoder_hidden, 784))),
        activation={"relu": "ReLU", "gelu": "GELU"}[shape.activation],
        likelihood=shape.likelihood.capitalize(),
    )
