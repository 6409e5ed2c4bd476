// What the map's axes span. The ranges are those that were asked for: to keep both axes to one scale Plotly widens one of
// them, and what it widened once would be widened again at the next size.

import { limited } from "../maths/ranges.js";

/**
 * The ranges {x, y} of a Plotly figure, kept over every change of its size. whole() gives those that show all of the map;
 * changed(ranges) is called when a person has moved the map.
 */
export function makeRanges(plot, whole, changed) {
  let asked = null; // null while a change is on its way that is not the person's doing
  let turn = Promise.resolve(); // such changes come one after the other
  const now = () => {
    const { xaxis, yaxis } = plot._fullLayout;
    return { x: [...xaxis.range], y: [...yaxis.range] };
  };
  const change = (job) => {
    turn = turn.catch(() => {}).then(job);
    return turn;
  };
  const isThere = () => Boolean(plot._fullLayout); // and not taken away meanwhile: with the view, or with WebGL
  async function relayout(ranges) {
    if (!isThere()) return;
    asked = null;
    await window.Plotly.relayout(plot, { "xaxis.range": [...ranges.x], "yaxis.range": [...ranges.y] });
    asked = ranges;
  }
  const set = (ranges) => change(() => relayout(ranges));
  /** Take a range that a person asked for, within limits. */
  function take(ranges) {
    const held = limited(ranges, whole());
    changed(held);
    if (held !== ranges) set(held);
    return held;
  }

  return {
    set,
    /** The ranges that are shown were asked for: the figure is new. */
    keep(ranges) {
      asked = ranges;
    },
    /** Plotly has another range: a person has moved the map, unless we have. */
    moved() {
      if (asked) asked = take(now());
    },
    resize: () =>
      change(async () => {
        const ranges = asked;
        if (!ranges || !isThere()) return; // there is no figure yet
        asked = null;
        await window.Plotly.Plots.resize(plot);
        await relayout(ranges);
      }),
    /** Show so many times as much. */
    zoom(factor) {
      const around = (/** @type {number[]} */ range) =>
        [0.5 - factor / 2, 0.5 + factor / 2].map((share) => range[0] + share * (range[1] - range[0]));
      const { x, y } = now();
      const held = limited({ x: around(x), y: around(y) }, whole());
      changed(held);
      return set(held);
    },
  };
}
