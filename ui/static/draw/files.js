// Files that a person takes away.

import { downloadZip } from "../vendor/client-zip.js";

/** Give a Blob to the person, as a file of a name. */
export function save(blob, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

/** Files {name: Blob} as a folder in a zip file: promise of a Blob. */
export function zipped(folder, files) {
  return downloadZip(Object.entries(files).map(([name, input]) => ({ name: `${folder}/${name}`, input }))).blob();
}
