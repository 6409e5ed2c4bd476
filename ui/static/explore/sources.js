// Why there are two kinds of random z, and how many of each a classifier can read.

import { percent } from "../draw/dom.js";

export function mount(element, { explorer, t, signal }) {
  explorer.on(
    "model",
    ({ name, readable, variational, one_image }) => {
      const shares = {
        name,
        random: percent(readable.prior),
        likedata: percent(readable.data),
        real: percent(readable.real),
      };
      const sentences = [one_image ? t("sources.oneimage", { name }) : t("sources.shares", shares)];
      if (!variational) sentences.push(t("sources.noprior"));
      element.querySelector(".shares").textContent = sentences.join(" ");
    },
    { signal },
  );
}
