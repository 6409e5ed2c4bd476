// The wheel over the map scrolls the page, unless it is meant for the map: with Ctrl, or once the map has been clicked.

const SAID_MS = 1500; // how long the page says so

/** Listens on `frame`, around `plot`, before Plotly does; shows `note` where the wheel was not for the map. */
export function mountWheel(frame, plot, note, signal) {
  let timer = 0;
  const hide = () => {
    clearTimeout(timer);
    note.hidden = true;
  };
  frame.addEventListener(
    "wheel",
    (event) => {
      // a pinch is told to Plotly as a wheel, see pinch.js; that of a touchpad comes with Ctrl
      if (!event.isTrusted || event.ctrlKey || event.metaKey || plot.contains(document.activeElement)) return hide();
      event.stopPropagation();
      note.hidden = false;
      clearTimeout(timer);
      timer = setTimeout(hide, SAID_MS);
    },
    { capture: true, passive: true, signal },
  );
  signal.addEventListener("abort", hide);
}
