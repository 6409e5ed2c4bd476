// The digit that z decodes to, how plausible z is under the prior, and the test digits whose codes are nearest.

import { explorer } from "./explorer.js";
import { nearest, norm, typicalNorm } from "./latent.js";
import { chiCdf } from "./planes.js";
import { describe, paint } from "./raster.js";
import { idleQueue } from "./schedule.js";

const NEAREST = 5;

export function mount(element, props) {
  const canvas = element.querySelector("canvas");
  const radius = element.querySelector(".radius");
  const near = element.querySelector(".near");
  const neighbours = Array.from({ length: NEAREST }, () => neighbour(near));
  let rows = [];
  const drawNeighbours = idleQueue(() => {
    const { atlas } = explorer;
    return neighbours.map((one, k) => () => {
      const row = rows[k];
      if (explorer.atlas !== atlas) return;
      one.row = row;
      one.tell(atlas && props.classes[explorer.model.data][atlas.labels[row]], props.palette[atlas?.labels[row]]);
      if (atlas) one.draw(codeOf(row));
    });
  });
  for (const one of neighbours) {
    one.button.addEventListener("click", () => explorer.atlas && explorer.write(codeOf(one.row)));
  }

  explorer.on("z", (z, x) => {
    paint(canvas, x);
    const measured = plausibility(z), [inner, outer] = typicalNorm(z.length).map((value) => value.toFixed(1));
    radius.textContent = measured;
    if (explorer.model.variational) radius.append(Object.assign(document.createElement("span"), { textContent: `, whose shell is ${inner} to ${outer}` }));
    radius.title = explorer.model.variational
      ? `The length of z. Draws from the prior N(0, I) lie in a shell around the origin: nine in ten between ${inner} and ${outer}.`
      : "The length of z. A plain autoencoder has no prior that would make one length more likely than another.";
    const { atlas } = explorer;
    rows = atlas ? nearest(z, atlas.mu, NEAREST) : [];
    const names = rows.map((row) => props.classes[explorer.model.data][atlas.labels[row]]);
    describe(canvas, z, `Decoded picture, ${measured}; nearest test pictures: ${names.join(", ")}`);
    drawNeighbours();
  });
}

const codeOf = (row) => explorer.atlas.mu.slice(row * explorer.z.length, (row + 1) * explorer.z.length);

/** One line: the length of z, and where in the prior's shell that is. */
function plausibility(z) {
  const length = norm(z), measured = `‖z‖ ${length.toFixed(1)}`;
  if (!explorer.model.variational) return measured; // without a prior, no length is more typical than another
  const inner = Math.round(100 * chiCdf(length, z.length));
  if (inner < 50) return `${measured}, nearer in than ${Math.min(99, 100 - inner)} % of the prior`;
  return `${measured}, farther out than ${Math.min(99, inner)} % of the prior`;
}

const stamp = Object.assign(document.createElement("canvas"), { width: 28, height: 28 });

function neighbour(parent) {
  const button = document.createElement("button");
  button.type = "button";
  button.innerHTML = '<img width="28" height="28" alt=""><span></span>'; // #digit's canvas is the digit's alone
  button.hidden = true;
  parent.append(button);
  return {
    button,
    row: undefined, // what it shows
    tell(name, colour) {
      button.hidden = !name;
      button.querySelector("span").textContent = name ?? "";
      button.style.setProperty("--class-colour", colour);
      button.title = `Moves z to the code of a test picture, class ${name}.`;
    },
    draw(z) {
      paint(stamp, explorer.decode(z));
      button.querySelector("img").src = stamp.toDataURL();
    },
  };
}
