// The hand over the map: what lies under the pointer is previewed beside it, a click, a tap or Enter goes there.

import { decimal, finder, setText } from "../draw/dom.js";
import { arrowMove } from "../draw/keys.js";
import { describe, paint } from "../draw/raster.js";
import { afterRest, oncePerFrame } from "../draw/schedule.js";
import { makeCorners } from "./corners.js";
import { within } from "./view.js";

const STILL = 5; // pixels that a click may move
const STEP = 12,
  SMALL_STEP = 2; // pixels that an arrow key moves the cursor by, without and with Shift

/** Listens on `frame`, around view.plot, and shows `preview`; then {hovered(row), go(target), selected(rows)} are called. */
export function mountPointer(frame, preview, view, page, { hovered, go, selected }) {
  const { explorer, t, signal } = page;
  const { plot } = view;
  const find = finder(preview);
  const canvas = find("canvas"),
    original = find(".original");
  const { originals } = explorer.models;
  const caption = find("span");
  let size = [0, 0]; // of the preview: to measure it at each movement would lay the page out
  let row = -1; // of the point that is previewed
  let press = null; // the event that began what may become a click
  let cursor = null; // [left, top], moved by the arrow keys
  let isMoved = false; // and where it is has not been said since
  const spoken = frame.querySelector(".spoken");
  const corners = makeCorners(frame.querySelector(".corners"), view, page, (rows) => {
    selected(rows);
    spoken.textContent = t("map.selected", { count: rows.length });
  });

  const positionOf = ({ clientX, clientY }) => {
    const { left, top } = plot.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const moved = (event) => Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) > STILL;
  const reaches = ([x, y]) => {
    if (!view.drawn || view.frozen) return false;
    const { left, top, width, height } = view.area();
    return x >= left && x <= left + width && y >= top && y <= top + height;
  };

  function tell(next) {
    if (next === row) return;
    row = next;
    hovered(row);
  }

  const show = oncePerFrame((left, top) => {
    if (!reaches([left, top])) return hide();
    const target = view.target(left, top);
    const label = target.row < 0 ? null : explorer.atlas.labels[target.row];
    paint(canvas, explorer.decode(target.z));
    const name = label === null ? "" : view.className(label);
    describe(canvas, target.z, t(name ? "preview.point" : "preview.between", { row: target.row, name }));
    const isNew = preview.dataset.row !== String(target.row);
    if (isNew) {
      setText(caption, name);
      preview.style.setProperty("--class-colour", label === null ? "transparent" : view.palette[label]);
      preview.dataset.row = target.row;
      showOriginal(target.row);
    }
    if (isNew || preview.style.visibility !== "visible") size = [preview.offsetWidth, preview.offsetHeight];
    const [width, height] = size;
    const most = plot._fullLayout.width - width;
    const right = left + 18,
      other = left - 18 - width;
    const beside = right <= most || (other < 0 && most - right > other) ? Math.min(right, most) : Math.max(0, other);
    const above = top - 12 - height < view.area().top ? top + 18 : top - 12 - height; // the legend stays free
    preview.style.transform = `translate(${beside}px, ${above}px)`;
    preview.style.visibility = "visible";
    frame.dataset.over = label === null ? "space" : "point";
    tell(target.row);
  });

  /** The test image itself beside what it is decoded to, once it is there. */
  function showOriginal(row) {
    const { data } = explorer.model;
    const isThere = row >= 0 && originals.draw(original.getContext("2d"), data, row);
    original.hidden = !isThere;
    preview.classList.toggle("pair", isThere);
    if (row >= 0 && !isThere) originals.open(data); // there for the next one
  }

  function hide() {
    show.cancel();
    preview.style.visibility = "hidden";
    delete frame.dataset.over;
    tell(-1);
  }

  function goTo(place) {
    if (!reaches(place)) return;
    go(view.target(...place));
    show(...place);
  }

  /** Say where the keyboard's cursor is, once it rests. */
  const speak = afterRest(() => {
    if (!isMoved || !cursor || !reaches(cursor)) return;
    isMoved = false;
    const { row } = view.target(...cursor);
    const [x, y] = view.at(...cursor).map((value) => decimal(value, 2));
    const what = row < 0 ? t("map.cursor.between") : view.className(explorer.atlas.labels[row]);
    spoken.textContent = t("map.cursor", { x, y, what });
  }, signal);

  frame.addEventListener(
    "pointermove",
    (event) => {
      if (!event.buttons && event.pointerType !== "touch") show(...positionOf(event));
    },
    { signal },
  );
  frame.addEventListener(
    "pointerleave",
    (event) => {
      if (event.pointerType !== "touch") hide(); // a lifted finger leaves, too: what it tapped stays to be seen
    },
    { signal },
  );
  window.addEventListener("pointerdown", ({ target }) => frame.contains(target) || hide(), { capture: true, signal });
  const pressed = (event) => {
    press = event.isPrimary && event.button === 0 ? event : null;
    corners.cancel();
    if (press?.target.closest(".draglayer")) plot.focus({ preventScroll: true }); // from now on the wheel is meant for the map
  };
  frame.addEventListener("pointerdown", pressed, { capture: true, signal });
  // Plotly lays a cover over the page while a button is down: what happens then is heard by the window alone
  const dragged = (event) => {
    if (!press || !moved(event)) return;
    press = null; // wherever it ends, it is no click
    hide();
  };
  window.addEventListener("pointermove", dragged, { capture: true, signal });
  const released = (event) => {
    const still = press && !moved(event) && !press.target.closest(".legend");
    press = null;
    if (still) goTo(positionOf(event));
  };
  window.addEventListener("pointerup", released, { capture: true, signal });
  window.addEventListener("pointercancel", () => (press = null), { capture: true, signal });

  plot.addEventListener(
    "keydown",
    (event) => {
      if (!view.drawn || view.frozen || event.altKey || event.ctrlKey || event.metaKey) return;
      const step = event.shiftKey ? SMALL_STEP : STEP;
      const move = arrowMove(event, step);
      if (move) {
        cursor ??= view.pixels(view.spot().at);
        cursor = within(view.area(), [cursor[0] + move[0], cursor[1] + move[1]]);
        show(...cursor);
        corners.show(cursor);
        isMoved = true;
        speak();
      } else if (event.key === "Enter" || event.key === " ") {
        if (!cursor) return;
        isMoved = false;
        if (explorer.state.map.drag === "pan") {
          goTo(cursor);
          spoken.textContent = t("map.gone");
        } else if (!corners.set(cursor)) spoken.textContent = t("map.corner", { count: corners.count });
      } else if (event.key === "Escape") {
        if (corners.count) corners.cancel();
        else {
          cursor = null;
          hide();
        }
      } else return;
      event.preventDefault();
    },
    { signal },
  );
  plot.addEventListener(
    "blur",
    () => {
      if (cursor) hide();
      cursor = null;
      corners.cancel();
    },
    { signal },
  );
  return {
    hide,
    /** What was pressed is no click. */
    release() {
      press = null;
      hide();
    },
  };
}
