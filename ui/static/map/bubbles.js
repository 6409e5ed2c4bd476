// The posteriors' bubbles: where they lie on the map's plane and in which shape, and the switch that shows them all.

import { latestOnly } from "../state/latest.js";

/** Keeps view.posterior and the switch; `changed` is called when either is another one. */
export function mountBubbles(box, frame, view, { explorer, t, signal }, changed) {
  const latest = latestOnly(signal);
  let possible = false; // on this plane, of this model
  const wanted = () => explorer.state.map.layers.bubbles;
  const mark = () => frame.classList.toggle("bubbly", wanted() && possible);
  explorer.on("map", mark, { signal });

  return {
    get wanted() {
      return wanted();
    },
    /** Take the centers and shapes for the plane that is shown, once the posteriors' variances have come. */
    async take() {
      const { model, atlas } = explorer,
        { plane } = view;
      possible = Boolean(model.variational && plane.flat);
      view.posterior = null;
      box.disabled = !possible || view.frozen;
      box.parentElement.title = t(
        possible ? "bubbles.help" : model.variational ? "bubbles.noshape" : "bubbles.noposterior",
      );
      mark();
      if (!possible) return;
      const { logvar } = await latest(explorer.tensors(["logvar"]).catch(() => ({})));
      if (!logvar || explorer.atlas !== atlas) return;
      const n = model.latent_dim,
        { flat } = plane;
      view.posterior = {
        origin: n > 1 ? flat.place(new Float32Array(n)) : null, // in one dimension the prior has no circle
        center: (row) => flat.place(atlas.mu, row * n),
        covariance: (row) => flat.covariance(logvar, row * n),
      };
      changed();
    },
  };
}
