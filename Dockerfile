# The page and its endpoints in a container:
#
#   docker build -t latent-explorer .
#   docker run -p 7860:7860 latent-explorer
#
# TORCH_INDEX is the address of an index with CPU builds of PyTorch, which pytorch.org names under "Get started": with it the
# image is 5 GB smaller.
FROM python:3.12-slim

ARG TORCH_INDEX=""

RUN useradd --create-home --uid 1000 explorer
WORKDIR /home/explorer/app

COPY requirements.txt ./
RUN pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -r requirements.txt

COPY app.py README.md LICENSE ./
COPY checkpoints ./checkpoints
COPY examples ./examples
COPY vae ./vae
COPY ui ./ui

USER 1000
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_ANALYTICS_ENABLED=False
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=4)"]
CMD ["python", "app.py"]
