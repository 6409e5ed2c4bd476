// Formulas, written in TeX in the templates, are typeset by KaTeX, which is fetched with the first of them.

let katex = null; // a promise of KaTeX, once for all

/** KaTeX with its styles, from a folder. */
function load(folder) {
  const styles = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${folder}/katex.min.css` });
  document.head.append(styles);
  return import(`${folder}/katex.min.js`).then((module) => module.default);
}

/** Typeset the formulas within an element; where KaTeX does not come, they are shown as TeX. */
export async function typeset(element, folder) {
  const formulas = element.querySelectorAll(".tex:not(.set)");
  if (!formulas.length) return;
  katex ??= load(folder);
  const own = await katex.catch((error) => {
    katex = null; // asked for again with the next
    console.error(error);
  });
  for (const formula of formulas) {
    if (formula.classList.contains("set")) continue; // meanwhile
    // \htmlData names what a part stands for, see panel.js; the templates are our own
    own?.render(formula.textContent, formula, { trust: true, strict: false, throwOnError: false });
    formula.classList.add("set");
  }
}
