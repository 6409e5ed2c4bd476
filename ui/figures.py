"""Plotly figures, built here without their points: the browser reads those from the atlas."""

import plotly.graph_objects as go

CLASSES = {
    "mnist": [str(digit) for digit in range(10)],
    "fashion": ["T-shirt", "Trousers", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"],
}
# Ten colours, searched for the largest smallest distance (in OKLab) to a normal, a red-blind, a green-blind and a
# blue-blind eye (Machado et al. 2009), each at least 1.9 : 1 against Gradio's light and dark grounds.
PALETTE = [
    "#4785ed",
    "#fe9608",
    "#07cf9a",
    "#f1230f",
    "#6a0faa",
    "#25515d",
    "#c5a9ff",
    "#a96997",
    "#2627ff",
    "#9a0000",
]
CONFIG = {
    "displaylogo": False,
    "displayModeBar": False,
    "scrollZoom": True,
    "responsive": False,
    "showTips": False,
    "doubleClick": False,  # two quick clicks are two walks of z
}


def latent_map(dataset: str) -> go.Figure:
    """The map of a model's codes: a trace for each class, still empty, and the layout; its axes are named by the page.

    Args:
        dataset: "mnist" or "fashion", for the names of the classes.
    Returns:
        A figure whose k-th trace takes the points of class k.
    """
    axis = {"zeroline": True, "zerolinewidth": 2, "tickfont": {"size": 11}, "automargin": False}
    return go.Figure(
        data=[
            go.Scattergl(
                name=name,
                mode="markers",
                marker={"color": colour, "size": 4.5, "opacity": 0.85},
                hoverinfo="none",
            )
            for name, colour in zip(CLASSES[dataset], PALETTE, strict=True)
        ],
        layout=go.Layout(
            template="none",
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            font={"family": "system-ui, sans-serif", "size": 13},
            margin={"l": 44, "r": 8, "t": 44, "b": 40},
            xaxis={**axis, "title": {"text": "", "standoff": 4, "font": {"size": 12}}},
            yaxis={**axis, "title": {"text": "", "standoff": 4, "font": {"size": 12}}, "scaleanchor": "x"},
            legend={
                "orientation": "h",
                "x": 0.5,
                "xanchor": "center",
                "y": 1,
                "yanchor": "bottom",
                "itemsizing": "constant",
                "entrywidth": max(36, *(7 * len(name) for name in CLASSES[dataset])),
            },
            hovermode=False,  # the page's own preview does that, on the points and between them
            dragmode="pan",
        ),
    )
