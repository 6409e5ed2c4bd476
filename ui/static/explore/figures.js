// The line beside the model chooser: the chosen model's test figures, or what went wrong.

import { decimal, make } from "../draw/dom.js";
import { fill, termButton } from "../state/words.js";

export function mount(line, { explorer, t, signal }) {
  explorer.on(
    "problem",
    (problem) => {
      line.classList.toggle("problem", Boolean(problem));
      if (problem) line.textContent = t(problem.key, problem.params);
      else if (explorer.model) tell(explorer.model);
    },
    { signal },
  );
  explorer.on("model", (model) => !explorer.problem && tell(model), { signal });

  function tell({ latent_dim, active_units, nelbo, reconstruction, kl, likelihood, variational, made }) {
    const drawing = t("figures.recon.help");
    const bound = likelihood === "bernoulli" ? t("figures.elbo.help") : t("figures.elbo.gaussian.help");
    const terms = variational
      ? [
          ["−ELBO", nelbo, "", bound, "elbo"],
          ["=", reconstruction, t("figures.recon"), drawing, "reconstruction"],
          ["+", kl, "KL", t("figures.kl.help"), "kl"],
        ]
      : [["", reconstruction, t("figures.recon"), drawing, "reconstruction"]];
    line.replaceChildren(
      ...terms.map(([sign, value, unit, title, term]) => {
        const number = make("b", {}, decimal(value, 1));
        const words = unit
          ? [sign, " ", number, " ", unit, termButton(term, t)]
          : [sign, termButton(term, t), " ", number];
        return make("span", { className: "term", title }, ...words);
      }),
      words(
        { title: t(!variational ? "figures.plain.help" : made ? "figures.made.help" : "figures.means.help") },
        variational ? "figures.nats" : "figures.plain",
      ),
      words({ className: "units", title: t("figures.active.help") }, "figures.active", {
        active: active_units,
        n: latent_dim,
      }),
    );
  }

  function words(properties, key, params) {
    const element = make("span", properties);
    fill(element, t, key, params);
    return element;
  }
}
