// Why there are two kinds of random z, and how many of each a classifier can read.

import { explorer } from "./explorer.js";

export function mount(element) {
  const shares = element.querySelector(".shares");
  explorer.on("model", ({ name, readable, variational }) => {
    const percent = (share) => `${Math.round(100 * share)} %`;
    const without = variational ? "" : " A plain autoencoder promises nothing of N(0, I): it has no prior.";
    shares.textContent =
      `A small classifier of real pictures recognises ${percent(readable.prior)} of the random ones of ${name} and ` +
      `${percent(readable.data)} of those like data (of real test pictures ${percent(readable.real)}).${without}`;
  });
}
