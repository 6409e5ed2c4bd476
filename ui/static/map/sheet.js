// A canvas that lies on the map's area, and moves with the map until it is drawn anew.

export function makeSheet(canvas, view) {
  const context = canvas.getContext("2d");
  let place = null; // what it was drawn for: {plane, its part from start to end}

  return {
    /** Lay it on the present area, to be drawn on: {context, across(share), down(share) in its own pixels}. */
    begin({ plane, start, end, area: { left, top, width, height } }) {
      place = { plane, start, end };
      const scale = window.devicePixelRatio || 1;
      const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
      if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
      Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
      canvas.style.transform = "";
      context.imageSmoothingEnabled = false;
      return context;
    },
    /** The map is being moved. */
    move() {
      if (canvas.hidden || !view.drawn || place?.plane !== view.plane) return;
      const [left, top] = view.pixels(place.start),
        [right, bottom] = view.pixels(place.end);
      const { offsetWidth: width, offsetHeight: height } = canvas;
      canvas.style.transform = `translate(${left - canvas.offsetLeft}px, ${top - canvas.offsetTop}px) scale(${(right - left) / width}, ${(bottom - top) / height})`;
    },
  };
}

/** Where the map's area lies in its plane, in cells of at least so many pixels of the page, at most so many of them. */
export function cellsOf(view, least, most = Infinity) {
  const area = view.area(),
    { left, top, width, height } = area;
  const cell = Math.max(least, Math.sqrt((width * height) / most));
  return {
    area,
    plane: view.plane,
    start: view.at(left, top),
    end: view.at(left + width, top + height),
    columns: Math.max(1, Math.round(width / cell)),
    lines: Math.max(1, Math.round(height / cell)),
  };
}
