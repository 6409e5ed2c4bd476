// The digit that z decodes to, and how plausible z is under the prior.

import { decimal, finder, setText } from "../draw/dom.js";
import { codeText, paint } from "../draw/raster.js";
import { afterRest } from "../draw/schedule.js";
import { nearest, norm } from "../maths/latent.js";
import { chiCdf, typicalNorm } from "../maths/statistics.js";

const NAMED = 5; // of the nearest test images

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const canvas = find("canvas"),
    radius = find(".radius"),
    length = find(".length"),
    shell = find(".shell");

  // Nobody listens to sixty sentences a second
  const describe = afterRest(() => {
    const { z, atlas, model } = explorer;
    const rows = atlas?.mu ? nearest(z, atlas.mu, NAMED) : [];
    const names = rows.map((row) => host.classes[model.data][atlas.labels[row]]).join(", ");
    canvas.setAttribute("aria-label", t("digit.label", { measured: plausibility(z), names }));
  }, signal);

  explorer.on(
    "model",
    ({ variational, latent_dim }) => {
      // where nine in ten draws from the prior lie; without a prior no length is more typical
      const [inner, outer] = typicalNorm(latent_dim).map((value) => decimal(value, 1));
      shell.textContent = variational ? t("digit.shell", { inner, outer }) : "";
      radius.title = variational ? t("digit.prior", { inner, outer }) : t("digit.noprior");
    },
    { signal },
  );
  explorer.on(
    "z",
    (z, x) => {
      paint(canvas, x);
      canvas.dataset.z = codeText(z);
      setText(length, plausibility(z));
      describe();
    },
    { signal },
  );

  /** One line: the length of z, and where in the prior's shell that is. */
  function plausibility(z) {
    const size = norm(z),
      measured = decimal(size, 1);
    if (!explorer.model.variational) return t("digit.norm", { length: measured });
    const inside = Math.round(100 * chiCdf(size, z.length));
    if (inside < 50) return t("digit.nearer", { length: measured, share: Math.min(99, 100 - inside) });
    return t("digit.farther", { length: measured, share: Math.min(99, inside) });
  }
}
