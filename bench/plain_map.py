"""The plain alternative to the map: a gr.Plot of the same points, which only Plotly itself reacts to."""

import os
from pathlib import Path

import gradio as gr
import plotly.graph_objects as go
from safetensors.numpy import load_file

from ui.figures import latent_map

atlas = load_file(Path(os.environ["CHECKPOINTS"]) / "mnist-vae-20d" / "atlas.safetensors")
codes = (atlas["mu"] - atlas["center"]) @ atlas["class_axes"].T
figure = go.Figure(latent_map("mnist"))
for label, trace in enumerate(figure.data):
    trace.x, trace.y = codes[atlas["labels"] == label].T

with gr.Blocks(analytics_enabled=False) as page:
    gr.Plot(figure)

page.launch()
