// What this page is, in one line, with the number of the chosen model's dimensions.

import { fill } from "../state/words.js";

export function mount(line, { explorer, t, signal }) {
  explorer.on("model", ({ data, latent_dim }) => fill(line, t, `lead.${data}`, { count: latent_dim }), { signal });
}
