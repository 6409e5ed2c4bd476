// The line beside the model chooser: the chosen model's test figures, or what went wrong.

import { explorer } from "./explorer.js";

const bound = {
  bernoulli: "an upper bound of −log p(x)",
  gaussian: "an upper bound of −log p(x), but for a constant",
};

export function mount(element) {
  const line = element.querySelector(".figures");
  const tell = ({ latent_dim, active_units, nelbo, reconstruction, kl, likelihood, variational }) => {
    line.classList.remove("problem");
    const drawing = "Reconstruction: the nats it takes to draw the picture once z is known.";
    const terms = variational
      ? [
          ["−ELBO", nelbo, "", `How many nats a picture costs under this model: ${bound[likelihood]}. Lower is better.`],
          ["=", reconstruction, "recon", drawing],
          ["+", kl, "KL", "KL divergence: the nats it takes to tell z, beyond what the prior N(0, I) already says."],
        ]
      : [["recon", reconstruction, "", drawing]];
    line.replaceChildren(
      ...terms.map(([sign, value, unit, help]) => {
        const whole = term("", "term", help); // on one line
        whole.append(sign, " ", term(value.toFixed(1), "number", help), " ", unit);
        return whole;
      }),
      variational
        ? term("nats per picture", "sign", "Means over the test pictures, with z drawn from the posterior.")
        : term("nats per picture, no KL: a plain autoencoder", "sign", "The code of a picture is a point. There is no prior."),
      term(`${active_units} of ${latent_dim} dimensions active`, "units", "Active: its mean varies from picture to picture."),
    );
  };
  explorer.on("model", tell);
  explorer.on("problem", (sentence) => {
    if (!sentence) return explorer.model && tell(explorer.model);
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
