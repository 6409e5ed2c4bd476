// Box and lasso by keyboard: Enter sets a corner where the arrow keys have brought the cursor. The second corner of a box
// selects; a lasso has as many corners as one likes, and Enter on the corner that was set last closes it.

import { boxOf, isWithin } from "../maths/polygon.js";

/** Draws in `outline`, an <svg> over the map; selected(rows) is called with the codes that it goes around. */
export function makeCorners(outline, view, { explorer }, selected) {
  const polygon = outline.querySelector("polygon");
  let corners = []; // [left, top], pixels

  const shape = (cursor) => {
    if (explorer.state.map.drag === "select") return boxOf(corners[0], cursor);
    return [...corners, cursor];
  };

  function cancel() {
    corners = [];
    outline.setAttribute("hidden", "");
  }

  /** Stretch the outline to the cursor. */
  function show(cursor) {
    if (!corners.length) return;
    polygon.setAttribute("points", shape(cursor).join(" "));
    outline.removeAttribute("hidden");
  }

  return {
    /** How many are set. */
    get count() {
      return corners.length;
    },
    show,
    cancel,
    /** Set a corner at the cursor; gives whether the outline is closed by it. */
    set(cursor) {
      const last = corners.at(-1);
      const isClosed =
        explorer.state.map.drag === "select"
          ? corners.length === 1
          : corners.length > 2 && last[0] === cursor[0] && last[1] === cursor[1];
      if (!isClosed) {
        corners.push(cursor);
        show(cursor);
        return false;
      }
      const around = shape(cursor);
      const { points } = view;
      selected(view.shown.filter((row) => isWithin(view.pixels([points[2 * row], points[2 * row + 1]]), around)));
      cancel();
      return true;
    },
  };
}
