// The digit that z decodes to, and how plausible z is under the prior.

import { decimal, finder, setText } from "../draw/dom.js";
import { codeText, paint } from "../draw/raster.js";
import { afterRest } from "../draw/schedule.js";
import { nearest, norm } from "../maths/latent.js";
import { typicalNorm } from "../maths/statistics.js";
import { fill } from "../state/words.js";
import { makeGauge } from "./gauge.js";

const NAMED = 5; // of the nearest test images

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const canvas = find("canvas"),
    length = find(".length"),
    shell = find(".shell");
  const gauge = makeGauge(find(".gauge"), t);

  // Nobody listens to sixty sentences a second
  const describe = afterRest(() => {
    const { z, atlas, model } = explorer;
    const rows = atlas?.mu ? nearest(z, atlas.mu, NAMED) : [];
    const names = rows.map((row) => host.classes[model.data][atlas.labels[row]]).join(", ");
    canvas.setAttribute("aria-label", t("digit.label", { measured: gauge.told(z), names }));
  }, signal);

  explorer.on(
    "model",
    (model) => {
      gauge.of(model);
      // where nine in ten draws from the prior lie; without a prior no length is more typical
      const [inner, outer] = typicalNorm(model.latent_dim).map((value) => decimal(value, 1));
      fill(shell, t, model.variational ? "digit.typical" : "digit.plain", { inner, outer });
    },
    { signal },
  );
  explorer.on(
    "z",
    (z, x) => {
      paint(canvas, x);
      canvas.dataset.z = codeText(z);
      gauge.show(z);
      setText(length, t("digit.norm", { length: decimal(norm(z), 1) }));
      describe();
    },
    { signal },
  );
}
