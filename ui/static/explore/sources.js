// Why there are two kinds of random z, and how many of each a classifier can read.

import { percent } from "../draw/dom.js";
import { titleOf } from "../state/names.js";

export function mount(element, { explorer, t, signal }) {
  explorer.on(
    "model",
    (model) => {
      const { readable, variational, one_image } = model;
      const name = titleOf(model, t);
      const sentences = [one_image ? t("sources.oneimage", { name }) : sharesOf(readable, name)];
      if (!variational) sentences.push(t("sources.noprior"));
      element.querySelector(".shares").textContent = sentences.join(" ");
    },
    { signal },
  );

  function sharesOf(readable, name) {
    if (!readable) return t("sources.unmeasured", { name });
    const [random, likedata, real] = [readable.prior, readable.data, readable.real].map(percent);
    return t("sources.shares", { name, random, likedata, real });
  }
}
