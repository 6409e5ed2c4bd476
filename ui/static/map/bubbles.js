// The posteriors' bubbles: where they lie on the map's plane and in which shape, and the switch that shows them all.

import { explorer } from "./explorer.js";

const HELP =
  "Each posterior is a bubble: where it lies at one standard deviation, for 300 pictures, within the circle that holds 95 % of the prior.";
const NO_SHAPE = "t-SNE moves points one by one: the bubble around a point has no shape there.";
const NO_POSTERIOR = "A plain autoencoder's codes are points: there are no bubbles around them.";

/** Keeps view.posterior and the switch; `changed` is called when either is another one. */
export function mountBubbles(box, frame, view, changed) {
  let possible = false; // on this plane, of this model
  const mark = () => frame.classList.toggle("bubbly", box.checked && possible);
  box.addEventListener("change", () => {
    mark();
    changed();
  });

  return {
    get wanted() {
      return box.checked;
    },
    /** Take the centers and shapes for the plane that is shown, once the posteriors' variances have come. */
    async take() {
      const { model, atlas } = explorer, { plane } = view;
      possible = Boolean(model.variational && plane.flat);
      view.posterior = null;
      box.disabled = !possible || view.frozen;
      box.parentElement.title = possible ? HELP : model.variational ? NO_SHAPE : NO_POSTERIOR;
      mark();
      if (!possible) return;
      const { logvar } = await explorer.tensors(["logvar"]).catch(() => ({}));
      if (!logvar || explorer.atlas !== atlas || view.plane !== plane) return;
      const n = model.latent_dim, { flat } = plane;
      view.posterior = {
        origin: n > 1 ? flat.place(new Float32Array(n)) : null, // in one dimension the prior has no circle
        center: (row) => flat.place(atlas.mu, row * n),
        covariance: (row) => flat.covariance(logvar, row * n),
      };
      changed();
    },
  };
}
