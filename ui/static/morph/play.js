// Play: z goes there and back between two stops, round and round with more, at an even pace.

import { explorer } from "./explorer.js";
import { tour } from "./tour.js";

const LEG_MS = 2600; // from one stop to the next
const SLOW_MS = 600; // from picture to picture where motion is not wanted

/** Makes the button play the way; where motion is not wanted, as so many pictures. stop() ends it. */
export function mountPlay(button, pictures) {
  let playing = null; // takes back the request of the next picture
  let heading = 1; // forth, or -1 back

  function stop() {
    playing?.();
    playing = null;
    button.textContent = "Play";
  }

  function advance(step) {
    if (tour.legs.length > 1) heading = 1;
    let t = tour.t + heading * step;
    if (tour.legs.length > 1) t -= Math.floor(t);
    else if (t > 1 || t < 0) {
      heading = t > 1 ? -1 : 1;
      t = t > 1 ? 2 - t : -t;
    }
    tour.move(t);
  }

  button.addEventListener("click", () => {
    if (playing) {
      explorer.settle();
      return stop();
    }
    button.textContent = "Pause";
    tour.move(tour.t); // back onto the way
    const slow = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let before = performance.now();
    const next = () => {
      if (!tour.onWay) return stop(); // somebody has taken z elsewhere
      const now = performance.now();
      advance(slow ? 1 / (pictures - 1) : (now - before) / (LEG_MS * tour.legs.length));
      before = now;
      request();
    };
    const request = () => {
      const own = slow ? setTimeout(next, SLOW_MS) : requestAnimationFrame(next);
      playing = () => (slow ? clearTimeout : cancelAnimationFrame)(own);
    };
    request();
  });
  return { stop };
}
