"""Training curves: the history of a run as a PNG file."""

import io


def draw(history: list[dict]) -> bytes:
    """Plot -ELBO, reconstruction and KL of training and test images over the epochs.

    Args:
        history: the records of `trainer.Trainer`.
    Returns:
        A PNG file.
    """
    from matplotlib.figure import Figure  # without pyplot: no window, no state

    epochs = [record["epoch"] for record in history]
    dot = "o" if len(epochs) == 1 else None  # a line of one point is invisible
    plain = not any(record["test_kl"] for record in history)  # an autoencoder without a KL term
    parts = {"reconstruction": PARTS["reconstruction"]} if plain else PARTS
    figure = Figure(figsize=(3 * len(parts), 3), layout="constrained")
    axes = figure.subplots(1, len(parts), squeeze=False)[0]
    for ax, (part, title) in zip(axes, parts.items(), strict=True):
        for of, colour in (("train", "#9a9aa5"), ("test", "#4f46e5")):
            ax.plot(
                epochs,
                [record[f"{of}_{part}"] for record in history],
                color=colour,
                label=of,
                linewidth=1.6,
                marker=dot,
            )
        ax.set_title(title, fontsize=10)
        ax.set_xlabel("epoch", fontsize=9)
        ax.tick_params(labelsize=8)
        ax.grid(alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
        # The range leaves out the first tenth, whose losses are far above the rest.
        settled = [record[f"{of}_{part}"] for of in ("train", "test") for record in history[len(history) // 10 :]]
        margin = 0.05 * (max(settled) - min(settled)) or 0.5
        ax.set_ylim(min(settled) - margin, max(settled) + margin)
    axes[0].set_ylabel("nats per image", fontsize=9)
    axes[0].legend(fontsize=8, frameon=False)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


PARTS = {"nelbo": "−ELBO = reconstruction + KL", "reconstruction": "reconstruction", "kl": "KL divergence"}
