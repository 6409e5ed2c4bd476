// Formulas, written in TeX in the templates, are typeset by KaTeX, which is fetched with the first of them.

let katex = null; // a promise of KaTeX with its styles, once for all
let tries = 0;

/** KaTeX with its styles, from a folder. */
async function load(folder) {
  const again = tries++ ? `?again=${tries}` : ""; // a browser keeps it in mind where a module failed
  const styles = Object.assign(document.createElement("link"), {
    rel: "stylesheet",
    href: `${folder}/katex.min.css${again}`,
  });
  const styled = new Promise((resolve, reject) => Object.assign(styles, { onload: resolve, onerror: reject }));
  document.head.append(styles);
  try {
    const [module] = await Promise.all([import(`${folder}/katex.min.js${again}`), styled]);
    return module.default;
  } catch (error) {
    katex = null; // it is asked for again when formulas come to be shown again
    styles.remove();
    console.error("KaTeX did not come.", error);
    return null;
  }
}

/** Typeset the formulas within an element; as long as KaTeX does not come, they are shown as TeX. */
export async function typeset(element, folder) {
  if (!element.querySelector(".tex:not(.set)")) return;
  katex ??= load(folder);
  const own = await katex;
  for (const formula of element.querySelectorAll(".tex:not(.set)")) {
    // \htmlData names what a part stands for, see panel.js; the templates are our own
    own?.render(formula.textContent, formula, { trust: true, strict: false, throwOnError: false });
    formula.classList.add(own ? "set" : "plain");
  }
}
