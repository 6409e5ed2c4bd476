// The line beside the model chooser: the chosen model's test figures, or what went wrong.

import { decimal, make } from "../draw/dom.js";

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

  function tell({ latent_dim, active_units, nelbo, reconstruction, kl, likelihood, variational }) {
    const drawing = t("figures.recon.help");
    const bound = likelihood === "bernoulli" ? t("figures.elbo.help") : t("figures.elbo.gaussian.help");
    const terms = variational
      ? [
          ["−ELBO", nelbo, "", bound],
          ["=", reconstruction, t("figures.recon"), drawing],
          ["+", kl, "KL", t("figures.kl.help")],
        ]
      : [["", reconstruction, t("figures.recon"), drawing]];
    line.replaceChildren(
      ...terms.map(([sign, value, unit, help]) =>
        make("span", { className: "term", title: help }, sign, " ", make("b", {}, decimal(value, 1)), " ", unit),
      ),
      make(
        "span",
        { title: t(variational ? "figures.means.help" : "figures.plain.help") },
        t(variational ? "figures.nats" : "figures.plain"),
      ),
      make(
        "span",
        { className: "units", title: t("figures.active.help") },
        t("figures.active", { active: active_units, n: latent_dim }),
      ),
    );
  }
}
