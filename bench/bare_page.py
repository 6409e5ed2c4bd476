"""The least that Gradio can be: the floor for start-up."""

import gradio as gr

with gr.Blocks() as page:
    gr.Markdown("Hello")

if __name__ == "__main__":
    page.launch()
