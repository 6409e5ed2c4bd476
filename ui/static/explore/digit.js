// The digit that z decodes to, how plausible z is under the prior, and the test images whose codes are nearest.

import { decimal, finder, make } from "../draw/dom.js";
import { describe, makeStamp, paint } from "../draw/raster.js";
import { idleQueue } from "../draw/schedule.js";
import { nearest, norm } from "../maths/latent.js";
import { chiCdf, typicalNorm } from "../maths/statistics.js";

const NEAREST = 5;

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const canvas = find("canvas");
  const radius = find(".radius");
  const stamp = makeStamp();
  const neighbours = Array.from({ length: NEAREST }, () => neighbour());
  find(".near").replaceChildren(...neighbours.map((one) => one.button));
  let rows = [];
  let shell = { n: 0, range: [0, 0] }; // where nine in ten draws from the prior lie

  const codeOf = (row) => explorer.atlas.mu.slice(row * explorer.z.length, (row + 1) * explorer.z.length);
  const classOf = (row) => host.classes[explorer.model.data][explorer.atlas.labels[row]];

  const drawNeighbours = idleQueue(() => {
    const { atlas } = explorer;
    return neighbours.map((one, k) => () => {
      if (explorer.atlas !== atlas) return;
      one.show(atlas ? rows[k] : undefined);
    });
  }, signal);

  explorer.on(
    "z",
    (z, x) => {
      paint(canvas, x);
      const measured = plausibility(z);
      const [inner, outer] = shellOf(z.length).map((value) => decimal(value, 1));
      radius.textContent = measured;
      if (explorer.model.variational) radius.append(make("span", { textContent: t("digit.shell", { inner, outer }) }));
      radius.title = explorer.model.variational ? t("digit.prior", { inner, outer }) : t("digit.noprior");
      const { atlas } = explorer;
      rows = atlas ? nearest(z, atlas.mu, NEAREST) : [];
      describe(canvas, z, t("digit.label", { measured, names: rows.map(classOf).join(", ") }));
      drawNeighbours();
    },
    { signal },
  );

  function shellOf(n) {
    if (shell.n !== n) shell = { n, range: typicalNorm(n) };
    return shell.range;
  }

  /** One line: the length of z, and where in the prior's shell that is. */
  function plausibility(z) {
    const length = norm(z);
    const measured = decimal(length, 1);
    if (!explorer.model.variational) return t("digit.norm", { length: measured }); // no prior: no length is more typical
    const inside = Math.round(100 * chiCdf(length, z.length));
    if (inside < 50) return t("digit.nearer", { length: measured, share: Math.min(99, 100 - inside) });
    return t("digit.farther", { length: measured, share: Math.min(99, inside) });
  }

  function neighbour() {
    const image = make("img", { width: 28, height: 28, alt: "" }); // #digit's canvas is the digit's alone
    const name = make("span");
    const button = make("button", { type: "button", hidden: true }, image, name);
    let shown;
    button.addEventListener("click", () => explorer.atlas && explorer.write(codeOf(shown)));
    return {
      button,
      show(row) {
        shown = row;
        button.hidden = row === undefined;
        if (button.hidden) return;
        name.textContent = classOf(row);
        button.style.setProperty("--class-colour", host.palette[explorer.atlas.labels[row]]);
        button.title = t("nearest.help", { name: classOf(row) });
        paint(stamp, explorer.decode(codeOf(row)));
        image.src = stamp.toDataURL();
      },
    };
  }
}
