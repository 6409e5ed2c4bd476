// What a browser keeps for a page: the language and that it was here for good, the state for a reload. Where storage is forbidden, nothing is kept.

import { pinsFromJson, pinsToJson } from "./pins.js";

const PREFIX = "latent-explorer.";

const guarded = (fn) => {
  try {
    return fn();
  } catch {
    return null; // forbidden, or full
  }
};

/** Whether nobody has been here with this browser; asked again it says no. Where storage is forbidden it cannot tell: yes. */
export const isFirstVisit = () =>
  guarded(() => {
    const isFirst = localStorage.getItem(`${PREFIX}hints`) === null;
    localStorage.setItem(`${PREFIX}hints`, "seen");
    return isFirst;
  }) ?? true;

/** Whether parts of files were ever kept, see cache.js: to ask a cache that is empty would delay a first visit. */
export const areFilesKept = () => guarded(() => localStorage.getItem(`${PREFIX}files`)) !== null;
export const noteFilesKept = () => guarded(() => localStorage.setItem(`${PREFIX}files`, "kept"));

export const keptLanguage = () => guarded(() => localStorage.getItem(`${PREFIX}language`));
export const keepLanguage = (language) => guarded(() => localStorage.setItem(`${PREFIX}language`, language));

const PINS = `${PREFIX}pins`;

/** The pins that were kept with this browser. */
export const keptPins = () => guarded(() => pinsFromJson(localStorage.getItem(PINS))) ?? [];

/** Keep the pins for good; gives whether there was room. */
export const keepPins = (pins) =>
  guarded(() => {
    localStorage.setItem(PINS, pinsToJson(pins, { images: true }));
    return true;
  }) ?? false;

/** Whether an event of the window tells that another tab has kept other pins. */
export const arePins = ({ key }) => key === PINS;

/** The state's address part that this tab had before it was reloaded, if it was opened by the same address. */
export function keptState(hash) {
  const kept = guarded(() => JSON.parse(sessionStorage.getItem(`${PREFIX}state`)));
  return kept?.hash === hash && typeof kept.state === "string" ? kept.state : null;
}

export const keepState = (hash, state) =>
  guarded(() => sessionStorage.setItem(`${PREFIX}state`, JSON.stringify({ hash, state })));
