// The words of a page, in one language. A sentence may hold [[id]] right behind a word: there stands a small button that
// explains the term, see help/terms.js; the glossary lies in the strings, as term.<id>.name and term.<id>.text.

const MARK = /\[\[\w+\]\]/g;
const MARKED = /([A-Za-z0-9−-]+|\S)\[\[(\w+)\]\]/u; // the word before it, which no line break may part from its button

/**
 * t(key, params): the sentence of a key, each {name} in it replaced by params[name], without its marks; t.marked gives it
 * with them. Where the strings have the key with ".one" and ".other", params.count chooses between them by the language's
 * own rule.
 */
export function makeWords(strings, language) {
  let rules;
  const plural = (count) => (rules ??= new Intl.PluralRules(language)).select(count); // to make them takes milliseconds
  function marked(key, params = {}) {
    const sentence = strings[key] ?? strings[`${key}.${plural(params.count)}`] ?? strings[`${key}.other`];
    if (sentence === undefined) throw new Error(`There is no sentence ${key} in ${language}.`);
    return sentence.replace(/\{(\w+)\}/g, (_, name) => params[name] ?? "");
  }
  /** @type {(key: string, params?: object) => string} */
  const plain = (key, params) => marked(key, params).replace(MARK, "");
  return Object.assign(plain, { marked });
}

/** Fill an element's words: data-t="key" sets its text, data-t-title and the like its attributes, data-term a button's term. */
export function fillWords(root, t) {
  for (const element of root.querySelectorAll("[data-t], [data-t-title], [data-t-aria-label]")) {
    for (const { name, value } of [...element.attributes]) {
      if (name === "data-t") fill(element, t, value);
      else if (name.startsWith("data-t-")) element.setAttribute(name.slice(7), t(value));
    }
  }
  for (const button of root.querySelectorAll("button[data-term]")) label(button, t);
  for (const canvas of root.querySelectorAll("[role=img]:not([aria-label])")) {
    canvas.setAttribute("aria-label", t("page.waiting")); // until it is drawn
  }
}

/** Set an element's text to a sentence, with the buttons of the terms in it. */
export function fill(element, t, key, params = {}) {
  const [first, ...others] = t.marked(key, params).split(MARKED);
  const nodes = [first];
  for (let k = 0; k < others.length; k += 3) {
    const word = Object.assign(document.createElement("span"), { className: "asked", textContent: others[k] });
    word.append(termButton(others[k + 1], t));
    nodes.push(word, others[k + 2]);
  }
  element.replaceChildren(...nodes.filter(Boolean));
}

/** The button that explains a term. */
export function termButton(id, t) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "ask" });
  button.dataset.term = id;
  return label(button, t);
}

function label(button, t) {
  button.setAttribute("aria-label", t("term.ask", { name: t(`term.${button.dataset.term}.name`) }));
  button.setAttribute("aria-expanded", "false");
  return button;
}

/** The language to use, of those there are: the one that was chosen before, else the browser's own, else the first. */
export function pickLanguage(languages, chosen, preferred) {
  if (languages.includes(chosen)) return chosen;
  const base = (tag) => tag.toLowerCase().split("-")[0];
  return preferred.map(base).find((tag) => languages.includes(tag)) ?? languages[0];
}
