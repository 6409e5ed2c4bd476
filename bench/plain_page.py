"""The explorer as Gradio's first tutorial would have it: each slider change asks the server for an image."""

from pathlib import Path

import gradio as gr
import torch

from vae import VAE

model = VAE.from_pretrained(Path(__file__).parent.parent / "checkpoints" / "mnist-vae-20d")


def decoded(value):
    z = torch.zeros(1, model.latent_dim)
    z[0, 0] = value
    with torch.inference_mode():
        return (255 * model.decode(z)[0, 0]).byte().repeat_interleave(10, 0).repeat_interleave(10, 1).numpy()


with gr.Blocks() as page:
    image = gr.Image(height=280, width=280)
    slider = gr.Slider(-4, 4, 0, step=0.01, elem_id="z-0")
    slider.change(decoded, slider, image)

if __name__ == "__main__":
    page.launch()
