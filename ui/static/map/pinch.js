// Two fingers zoom the map. Plotly knows the wheel alone, so that is what it is told of.

const WHEEL = 200; // Plotly zooms by the exponential of the wheel's turn over this,
const FARTHEST = 20; // and takes no more of it at once

/** Listens on `frame`, around `plot`; `begun` is called when a second finger comes down. */
export function mountPinch(frame, plot, signal, begun) {
  let pinching = false; // until the last finger is lifted
  let apart = 0; // pixels from finger to finger
  const between = ([a, b]) => Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY));

  const down = (event) => {
    if (event.touches.length !== 2 || !event.target.closest(".draglayer")) return;
    event.preventDefault(); // the page is not to be zoomed
    event.stopPropagation();
    // What the first finger began is over, as Plotly sees it.
    event.target.dispatchEvent(new TouchEvent("touchend", { bubbles: true, changedTouches: [event.touches[0]] }));
    pinching = true;
    apart = between(event.touches);
    begun();
  };

  const moved = (event) => {
    if (!pinching) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.touches.length !== 2) return;
    const [a, b] = event.touches,
      now = between(event.touches);
    const at = { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 };
    let turn = WHEEL * Math.log(apart / now);
    apart = now;
    for (const layer = plot.querySelector(".nsewdrag"); turn; ) {
      const deltaY = Math.max(-FARTHEST, Math.min(FARTHEST, turn));
      layer.dispatchEvent(new WheelEvent("wheel", { ...at, deltaY, cancelable: true }));
      turn -= deltaY;
    }
  };

  const up = ({ touches }) => {
    if (!touches.length) pinching = false;
  };
  frame.addEventListener("touchstart", down, { capture: true, passive: false, signal });
  window.addEventListener("touchmove", moved, { capture: true, passive: false, signal });
  window.addEventListener("touchend", up, { capture: true, signal });
  window.addEventListener("touchcancel", up, { capture: true, signal });
}
