// The words of a page, in one language.

/**
 * t(key, params): the sentence of a key, each {name} in it replaced by params[name]. Where the strings have the key with
 * ".one" and ".other", params.count chooses between them by the language's own rule.
 */
export function makeWords(strings, language) {
  const plural = new Intl.PluralRules(language);
  return function t(key, params = {}) {
    const sentence = strings[key] ?? strings[`${key}.${plural.select(params.count)}`] ?? strings[`${key}.other`];
    if (sentence === undefined) throw new Error(`There is no sentence ${key} in ${language}.`);
    return sentence.replace(/\{(\w+)\}/g, (_, name) => params[name] ?? "");
  };
}

/** Fill an element's words: data-t="key" sets its text, data-t-title and the like its attributes. */
export function fillWords(root, t) {
  for (const element of root.querySelectorAll("[data-t], [data-t-title], [data-t-aria-label]")) {
    for (const { name, value } of [...element.attributes]) {
      if (name === "data-t") element.textContent = t(value);
      else if (name.startsWith("data-t-")) element.setAttribute(name.slice(7), t(value));
    }
  }
}

/** The language to use, of those there are: the one that was chosen before, else the browser's own, else the first. */
export function pickLanguage(languages, chosen, preferred) {
  if (languages.includes(chosen)) return chosen;
  const base = (tag) => tag.toLowerCase().split("-")[0];
  return preferred.map(base).find((tag) => languages.includes(tag)) ?? languages[0];
}
