// Play: z goes there and back between two stops, round and round with more, at an even pace.

const LEG_MS = 2600; // from one stop to the next
const SLOW_MS = 600; // from image to image where motion is not wanted

/** Makes the button play the path; where motion is not wanted, as so many images. stop() ends it. */
export function mountPlay(button, images, { explorer, t, signal }) {
  const { stops } = explorer;
  let playing = null; // takes back the request of the next image
  let heading = 1; // forth, or -1 back

  function stop() {
    playing?.();
    playing = null;
    button.textContent = t("play.play");
  }

  function advance(step) {
    if (stops.legs.length > 1) heading = 1;
    let to = stops.t + heading * step;
    if (stops.legs.length > 1) to -= Math.floor(to);
    else if (to > 1 || to < 0) {
      heading = to > 1 ? -1 : 1;
      to = to > 1 ? 2 - to : -to;
    }
    stops.move(to);
  }

  button.addEventListener("click", () => {
    if (playing) {
      explorer.settle();
      return stop();
    }
    button.textContent = t("play.pause");
    stops.move(stops.t); // back onto the path
    const slow = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let before = performance.now();
    const next = () => {
      if (!stops.onPath) return stop(); // somebody has taken z elsewhere
      const now = performance.now();
      advance(slow ? 1 / (images - 1) : (now - before) / (LEG_MS * stops.legs.length));
      before = now;
      request();
    };
    const request = () => {
      const own = slow ? setTimeout(next, SLOW_MS) : requestAnimationFrame(next);
      playing = () => (slow ? clearTimeout : cancelAnimationFrame)(own);
    };
    request();
  });
  signal.addEventListener("abort", stop);
  return { stop };
}
