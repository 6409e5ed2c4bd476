// What a browser keeps for a page: the language for good, the state for a reload. Where storage is forbidden, nothing is kept.

const PREFIX = "latent-explorer.";

const guarded = (fn) => {
  try {
    return fn();
  } catch {
    return null; // forbidden, or full
  }
};

export const keptLanguage = () => guarded(() => localStorage.getItem(`${PREFIX}language`));
export const keepLanguage = (language) => guarded(() => localStorage.setItem(`${PREFIX}language`, language));

/** The state's address part that this tab had before it was reloaded, if it was opened by the same address. */
export function keptState(hash) {
  const kept = guarded(() => JSON.parse(sessionStorage.getItem(`${PREFIX}state`)));
  return kept?.hash === hash && typeof kept.state === "string" ? kept.state : null;
}

export const keepState = (hash, state) =>
  guarded(() => sessionStorage.setItem(`${PREFIX}state`, JSON.stringify({ hash, state })));
