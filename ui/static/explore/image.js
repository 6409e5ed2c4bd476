// The digit as a PNG of any size, saved or copied.

import { makeDialog } from "../draw/dialog.js";
import { finder } from "../draw/dom.js";
import { save } from "../draw/files.js";
import { numberField } from "../draw/number.js";
import { describe, makeStamp, paint } from "../draw/raster.js";

const LEAST = 28,
  MOST = 4096, // pixels of a side
  USUAL = 560;

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const side = find("input"),
    note = find(".note");
  let z = null; // that was shown when the dialog was opened

  makeDialog(find(".open"), find("dialog"), {
    signal,
    opened() {
      z = explorer.z;
      note.textContent = "";
      if (!z) return;
      paint(find("canvas"), explorer.decode(z));
      describe(find("canvas"), z, t("image.preview"));
    },
  });
  const sizeOf = (value) => Math.round(Number.isFinite(value) ? Math.min(MOST, Math.max(LEAST, value)) : USUAL);
  numberField(side, {
    refused: t("number.refused"),
    signal,
    entered(value) {
      note.textContent = "";
      side.value = sizeOf(value);
    },
  });

  /** The image, each pixel of it as a square: promise of a Blob. */
  function png() {
    const size = sizeOf(side.valueAsNumber);
    const stamp = makeStamp(),
      canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
    paint(stamp, explorer.decode(z));
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(stamp, 0, 0, size, size);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  find(".save").addEventListener("click", async () => z && save(await png(), `${explorer.model.name}.png`), { signal });
  find(".copy").addEventListener(
    "click",
    async () => {
      if (!z) return;
      try {
        await navigator.clipboard.write([new ClipboardItem({ "image/png": png() })]);
        note.textContent = t("image.copied");
      } catch {
        note.textContent = t("image.forbidden");
      }
    },
    { signal },
  );
}
