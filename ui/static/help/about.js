// What the model is, how the chosen one was trained, the data and their licences, the lecture and the papers.

import { makeDialog } from "../draw/dialog.js";
import { decimal, finder, make, percent } from "../draw/dom.js";
import { latestOnly } from "../state/latest.js";
import { modelNames } from "../state/names.js";

const JITTERED = 0.9; // of the epochs, as JITTER_UNTIL in vae/config.py

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const latest = latestOnly(signal);

  find(".version").textContent = t("about.version", { version: host.version });
  makeDialog(find(".open"), find("dialog"), { signal, opened: tell });

  async function tell() {
    const { model } = explorer;
    const names = modelNames(explorer.models.list, host.first, t);
    find(".name").textContent = model ? names[model.name].full : "";
    const facts = model ? [network(model), ...results(model)] : [];
    const show = (all) => find(".facts").replaceChildren(...all.map((textContent) => make("li", { textContent })));
    show(facts);
    if (!model) return;
    if (model.made) {
      show([facts[0], t("about.lab"), ...facts.slice(1)]);
      return;
    }
    const metrics = await latest(explorer.models.metrics(model.name).catch(() => null));
    show([facts[0], ...(metrics ? training(model, metrics) : [t("problem.server")]), ...facts.slice(1)]);
  }

  function network({ layers, activation, warp, latent_dim: n }) {
    const widths = (part) => layers[part].join("–");
    const own = {
      encoder: widths("encoder"),
      decoder: widths("decoder"),
      activation: t(`about.activation.${activation}`),
    };
    return warp ? t("about.network.warp", { ...own, warp: `${n}–${warp}–${warp}–${n}` }) : t("about.network", own);
  }

  /** What its metrics.json says of how it was trained. */
  function training({ variational }, { training: run, seconds, date }) {
    const ramped = run.warmup ? "about.beta.warmup" : "about.beta";
    return [
      t("about.training", { epochs: run.epochs, batch: run.batch, decay: run.weight_decay }),
      t(`about.rate.${run.schedule.replace("-", "")}`, { rate: run.lr }),
      variational && t(ramped, { beta: run.beta, warmup: run.warmup }),
      run.jitter && run.epochs * JITTERED >= 1 && t("about.jitter"),
      run.critic && t("about.critic"),
      run.importance > 1 && t("about.importance", { count: run.importance }),
      run.binarize && t("about.binarize"),
      t("about.took", { minutes: decimal(seconds / 60, seconds < 600 ? 1 : 0), date: date.slice(0, 10) }),
    ].filter(Boolean);
  }

  function results({ variational, nelbo, reconstruction, kl, readable, one_image }) {
    const [total, recon, divergence] = [nelbo, reconstruction, kl].map((value) => decimal(value, 1));
    const told = t(variational ? "about.result" : "about.result.plain", { total, recon, kl: divergence });
    if (one_image) return [told, t("about.oneimage")];
    if (!readable) return [told];
    const shares = { random: percent(readable.prior), likedata: percent(readable.data), real: percent(readable.real) };
    return [told, t("about.readable", shares)];
  }
}
