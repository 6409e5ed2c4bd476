// The line beside the model chooser: the chosen model's test figures, or what went wrong.

import { explorer } from "./explorer.js";

const bound = {
  bernoulli: "an upper bound of −log p(x)",
  gaussian: "an upper bound of −log p(x), but for a constant",
};

export function mount(element) {
  const line = element.querySelector(".figures");
  explorer.on("model", ({ latent_dim, active_units, nelbo, reconstruction, kl, likelihood, variational }) => {
    line.classList.remove("problem");
    const terms = [
      ["−ELBO", nelbo, `How many nats a picture costs under this model: ${bound[likelihood]}. Lower is better.`],
      ["=", reconstruction, "Reconstruction: the nats it takes to draw the picture once z is known."],
      ["recon +", kl, "KL divergence: the nats it takes to tell z, beyond what the prior N(0, I) already says."],
    ];
    const plain = "The nats it takes to draw a picture once its code is known. A plain autoencoder has nothing else to pay.";
    if (!variational) {
      terms.splice(0, 3, ["reconstruction", reconstruction, plain]);
    }
    line.replaceChildren(
      ...terms.flatMap(([sign, value, help]) => [term(sign, "sign", help), term(value.toFixed(1), "number", help)]),
      variational
        ? term("KL nats per picture", "sign", "Means over the test pictures, with z drawn from the posterior.")
        : term("nats per picture, no KL: a plain autoencoder", "sign", "The code of a picture is a point. There is no prior."),
      term(`${active_units} of ${latent_dim} dimensions active`, "units", "Active: its mean varies from picture to picture."),
    );
  });
  explorer.on("problem", (sentence) => {
    if (!sentence) return;
    line.classList.add("problem");
    line.textContent = sentence;
  });
}

function term(text, kind, help) {
  const span = document.createElement("span");
  span.className = kind;
  span.textContent = text;
  span.title = help;
  return span;
}
