// How plausible z is under the prior: the distribution of the lengths of draws from it, the typical ones marked, and where
// the length of z is.

import { decimal } from "../draw/dom.js";
import { norm } from "../maths/latent.js";
import { chiCdf, typicalNorm } from "../maths/statistics.js";

const STEPS = 60; // of the curve
const REACH = 1.6; // times the longest typical length: where the gauge stops
const TOP = 20; // of the drawing, which is 100 wide

/** The gauge in an element: {of(model), show(z), told(z): the same as a sentence}. */
export function makeGauge(element, t) {
  const here = element.querySelector(".here");
  const [draws, typical] = element.querySelectorAll("path");
  let known = null; // {n, inner, outer, most} of a model with a prior

  return {
    of({ variational, latent_dim: n }) {
      known = null;
      here.hidden = !variational;
      for (const path of [draws, typical]) path.setAttribute("d", "");
      element.setAttribute("role", variational ? "meter" : "img");
      element.setAttribute("aria-label", t(variational ? "gauge.label" : "digit.noprior"));
      element.title = t("digit.noprior");
      if (!variational) return;
      const [inner, outer] = typicalNorm(n);
      known = { n, inner, outer, most: REACH * outer };
      draws.setAttribute("d", curve(known, 0, known.most));
      typical.setAttribute("d", curve(known, inner, outer));
      element.setAttribute("aria-valuemin", "0");
      element.setAttribute("aria-valuemax", known.most.toFixed(1));
    },
    show(z) {
      if (!known) return;
      const share = norm(z) / known.most;
      here.style.transform = `translateX(${(100 * Math.min(1, share)).toFixed(2)}%)`;
      here.classList.toggle("beyond", share > 1);
    },
    told(z) {
      const length = decimal(norm(z), 1);
      if (!known) return t("digit.norm", { length });
      const share = Math.round(100 * chiCdf(norm(z), known.n));
      const sentence = t("gauge.told", {
        length,
        share,
        inner: decimal(known.inner, 1),
        outer: decimal(known.outer, 1),
      });
      element.setAttribute("aria-valuenow", Math.min(known.most, norm(z)).toFixed(1));
      element.setAttribute("aria-valuetext", sentence);
      element.title = sentence;
      return sentence;
    },
  };
}

/** The part of the curve of chi's density from one length to another, as the path of an area that stands on the ground. */
function curve({ n, most }, from, to) {
  const step = most / STEPS;
  const density = (length) => chiCdf(length + step / 2, n) - chiCdf(Math.max(0, length - step / 2), n);
  const highest = Math.max(...Array.from({ length: STEPS + 1 }, (_, k) => density(k * step)));
  const places = [from, ...Array.from({ length: STEPS }, (_, k) => k * step).filter((at) => at > from && at < to), to];
  const points = places.map((at) => {
    const height = Math.min(1, density(at) / highest);
    return `${((100 * at) / most).toFixed(2)} ${(TOP * (1 - height)).toFixed(2)}`;
  });
  return `M${((100 * from) / most).toFixed(2)} ${TOP}L${points.join("L")}L${((100 * to) / most).toFixed(2)} ${TOP}Z`;
}
