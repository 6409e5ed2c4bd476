// Why there are two kinds of random z, and how many of each a classifier can read.

import { explorer } from "./explorer.js";
import { percent } from "./models.js";

export function mount(element) {
  const shares = element.querySelector(".shares");
  explorer.on("model", ({ name, readable, variational }) => {
    const which = variational ? "" : " N(0, I) is nothing special to a plain autoencoder, which has no prior.";
    shares.textContent =
      `Of ${name} a small classifier recognises ${percent(readable.prior)} of what Random gives and ` +
      `${percent(readable.data)} of what Like data gives (of real test pictures ${percent(readable.real)}).${which}`;
  });
}
