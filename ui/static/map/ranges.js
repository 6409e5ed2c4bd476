// What the map's axes span. The ranges are those that were asked for: to keep both axes to one scale Plotly widens one of
// them, and what it widened once would be widened again at the next size.

/** The ranges of a Plotly figure, kept over every change of its size. */
export function makeRanges(plot) {
  let asked = null; // null while a change is on its way that is not the person's doing
  let turn = Promise.resolve(); // such changes come one after the other
  const now = () => {
    const { xaxis, yaxis } = plot._fullLayout;
    return { "xaxis.range": [...xaxis.range], "yaxis.range": [...yaxis.range] };
  };
  const change = (job) => (turn = turn.catch(() => {}).then(job));
  async function relayout(ranges) {
    asked = null;
    await window.Plotly.relayout(plot, structuredClone(ranges));
    asked = ranges;
  }
  const set = (ranges) => change(() => relayout(ranges));

  return {
    set,
    get asked() {
      return asked;
    },
    /** Take those that are shown for asked for: the figure is new. */
    keep() {
      asked = now();
    },
    /** Plotly has another range: a person has moved the map, unless we have. */
    moved() {
      if (asked) asked = now();
    },
    resize: () =>
      change(async () => {
        const ranges = asked;
        if (!ranges) return; // there is no figure yet
        asked = null;
        await window.Plotly.Plots.resize(plot);
        await relayout(ranges);
      }),
    /** Show so many times as much. */
    zoom(factor) {
      const around = ([low, high]) => [0.5 - factor / 2, 0.5 + factor / 2].map((share) => low + share * (high - low));
      set(Object.fromEntries(Object.entries(now()).map(([axis, range]) => [axis, around(range)])));
    },
  };
}
