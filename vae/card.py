"""The model card of a checkpoint folder, made from its config and its metrics."""

from vae.config import JITTER_UNTIL
from vae.model import VAEConfig

TEMPLATE = """\
---
library_name: latent-explorer
license: mit
tags: [{family}, {data}, latent-space]
datasets: [{hub_dataset}]
---
# {name}

{what}, {latent_dim} latent dimensions: {encoder} into {code}, and back
through {decoder}{warp}, {activation} between the layers, {likelihood} likelihood{beta_term}.

{figures}

{active_units} of the {latent_dim} dimensions are active ({active}).{one_image}

| readable: a small classifier gives one class at least 0.9 | share |
|---|---|
| the test images themselves | {real:.1%} |
| their reconstructions, from the mean | {reconstructions:.1%} |
| samples of z from N(0, I) | {prior:.1%} |
| samples of z from the mixture fitted to the codes | {fitted:.1%} |

## How it was made

    {command}

Epochs of the 60,000 training images: {epochs}. Batch {batch}, AdamW, learning rate {lr:g} ({schedule}), weight
decay {weight_decay:g}, {warmup} epochs over which beta rises from 0{extra}, {precision} products, seed {seed}.
It took {seconds:,.0f} s on {device}, with torch {torch}, at commit {git_commit}, {date}. `metrics.json` holds the
figures of every epoch.

{jittered}![Training curves](curves.png)

## How to use it

```python
from vae import VAE

model = VAE.from_pretrained("checkpoints/{name}")
mu, logvar = model.encode(x)  # x [B, 1, 28, 28] in [0, 1]; the posterior{point}
x_hat = model.decode(mu)  # [B, 1, 28, 28] in [0, 1]
```

`atlas.safetensors` holds the codes of the test images (`mu`, `logvar`, `labels`), the plane of the map (`center`,
`axes`, `plane`), how both came to be (`snapshot_*`), and the mixture fitted to the codes (`sampler_*`). Weights are
stored in half precision; all figures are those of the stored weights.

It knows centred 28x28 images, white on black, and nothing else; its samples are blurrier than what it learned from.
"""

DATASETS = {"mnist": ("MNIST", "ylecun/mnist"), "fashion": ("Fashion-MNIST", "zalando-datasets/fashion_mnist")}


FIGURES = """\
| on the {images:,} test images{binary}, {samples} draws of z each | nats per image |
|---|---|
| **-ELBO** | **{nelbo:.2f}** |
| reconstruction | {reconstruction:.2f} |
| KL divergence | {kl:.2f} |"""

PLAIN_FIGURES = """\
| on the {images:,} test images{binary} | nats per image |
|---|---|
| reconstruction (there is no KL term, so there is no ELBO) | {reconstruction:.2f} |"""


ONE_IMAGE = """\n**All samples are one image**: what is said of them below is said of that image."""

JITTERED = """\
In all but the last tenth of the epochs the training images are turned, scaled, slanted and shifted a little, at
random: their curves fall where that ends.

"""


def model_card(metrics: dict, shape: VAEConfig) -> str:
    """The text of README.md, in Markdown with the front matter of the Hugging Face Hub."""
    training, test = metrics["training"], metrics["test"]
    dataset, hub_dataset = DATASETS[training["data"]]
    kind = "A dense variational autoencoder" if shape.variational else "A plain dense autoencoder"
    figures = FIGURES if shape.variational else PLAIN_FIGURES
    extra = f", a critic of samples of weight {training['critic']:g}" if training["critic"] else ""
    if training["importance"] > 1:
        extra += f", {training['importance']} draws of z under the importance-weighted bound"
    return TEMPLATE.format(
        **{key: metrics[key] for key in ("name", "command", "seconds", "device")},
        **{key: metrics["readable"][key] for key in ("real", "reconstructions", "prior")},
        **training,
        date=metrics["date"][:10],
        git_commit=metrics["git_commit"] or "(outside git)",
        torch=metrics["versions"]["torch"],
        family="vae" if shape.variational else "autoencoder",
        what=f"{kind} on {dataset}",
        code="mu and logvar" if shape.variational else "a code, mu",
        point="" if shape.variational else ", here a point: logvar says so",
        beta_term=f", beta = {training['beta']:g}" if shape.variational else "",
        jittered=JITTERED if training["jitter"] and training["epochs"] * JITTER_UNTIL >= 1 else "",
        warp=f" (ahead of it a warp, z + {shape.latent_dim}–{shape.warp}–{shape.warp}–{shape.latent_dim})"
        if shape.warp
        else "",
        extra=extra,
        figures=figures.format(**test, binary=", binarized" if training["binarize"] else ""),
        active_units=test["active_units"],
        active="their mean varies over the test images by more than 0.01",
        one_image=ONE_IMAGE if shape.variational and test["active_units"] == 0 else "",
        fitted=metrics["readable"]["data"],
        hub_dataset=hub_dataset,
        latent_dim=shape.latent_dim,
        encoder="–".join(map(str, (784, *shape.encoder_hidden))),
        decoder="–".join(map(str, (shape.latent_dim, *shape.decoder_hidden, 784))),
        activation={"relu": "ReLU", "gelu": "GELU"}[shape.activation],
        likelihood=shape.likelihood.capitalize(),
    )
