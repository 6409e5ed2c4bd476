// The page on top of everything: the explorer, the languages, the tabs, and the views that the templates ask for.

import { isTyping } from "./draw/keys.js";
import { nextTask } from "./draw/schedule.js";
import { steadySliders } from "./draw/touch.js";
import { Explorer } from "./state/explorer.js";
import { Models } from "./state/models.js";
import { mergedPins } from "./state/pins.js";
import {
  arePins,
  isFirstVisit,
  keepLanguage,
  keepPins,
  keepState,
  keptLanguage,
  keptPins,
  keptState,
} from "./state/store.js";
import { fillWords, makeWords, pickLanguage } from "./state/words.js";
import { VIEWS } from "./views.js";

const HINTS = ["slider", "map", "draw", "morph"]; // of a first visit, see help/hints.js

let page = null;

/** Begin, once, with the host that makeHost gives: the first model is opened while the page is still being built. */
export function start(makeHost) {
  page ??= new Page(makeHost());
  return page;
}

class Page {
  #templates = new Map(); // element of a view -> its template
  #shown = null; // AbortController of what is mounted
  #asked = null; // the language that was chosen last: its words may be on their way

  constructor(host) {
    this.host = host;
    this.explorer = new Explorer(new Models(host));
    window.explorer = this.explorer;
    this.language = pickLanguage(host.languages, keptLanguage(), navigator.languages ?? []);
    this.#asked = this.language;
    this.strings = host.strings(this.language);
    this.#keepPins();
    this.#followTheme();
    this.#open();
    window.addEventListener("hashchange", () => this.explorer.restore(location.hash.slice(1)));
    window.addEventListener("pagehide", () => keepState(location.hash, this.explorer.link().split("#")[1]));
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Pins are kept with the browser; another tab of this page shows the same. */
  #keepPins() {
    const { explorer } = this;
    let pins = keptPins();
    explorer.setPins(pins, { undoable: false });
    explorer.on("pins", (now) => {
      if (now === pins) return;
      pins = now;
      const own = now.filter(({ linked }) => !linked); // what a link has brought is kept once somebody says so
      if (!keepPins(own) && own.length) explorer.tellForgotten();
    });
    window.addEventListener("storage", (event) => {
      if (!arePins(event)) return;
      pins = mergedPins(
        keptPins(),
        explorer.state.pins.filter(({ linked }) => linked),
      );
      explorer.setPins(pins, { undoable: false });
    });
  }

  /** The window's own scrollbar, and the room for it, are as dark as the page, whose dark theme is a class of the body. */
  #followTheme() {
    const { documentElement, body } = document;
    const follow = () => documentElement.classList.toggle("is-dark", body.classList.contains("dark"));
    new MutationObserver(follow).observe(body, { attributeFilter: ["class"] });
    follow();
  }

  /** Open what a reload kept or the address says, or else the first model; where that fails, any other. */
  async #open() {
    const { explorer, host } = this;
    const kept = keptState(location.hash);
    const restored = await explorer.restore(kept ?? location.hash.slice(1), host.first);
    if (!restored && host.first) await explorer.open(host.first);
    const failed = explorer.problem;
    for (const { name } of host.models) {
      if (explorer.opening) break; // also where a person has chosen one meanwhile
      await explorer.open(name);
    }
    if (failed) explorer.tell(failed.key, failed.params);
    else if (!restored && isFirstVisit()) explorer.setHints(HINTS);
  }

  /** Show the page in an element that holds its template. */
  async show(element) {
    this.element = element;
    for (const view of element.querySelectorAll("[data-view]")) this.#templates.set(view, view.innerHTML);
    const choose = element.querySelector("#language");
    choose.addEventListener("click", () => {
      const { languages } = this.host;
      this.speak(languages[(languages.indexOf(this.#asked) + 1) % languages.length]);
    });
    element.querySelector(".skip").addEventListener("click", () => {
      element.querySelector("[role=tab][aria-selected=true]").focus();
    });
    // What has the focus is not scrolled under what stays on top: see page.css
    const stage = element.querySelector("#stage");
    new ResizeObserver(() => {
      document.documentElement.style.setProperty("--stage-height", `${stage.offsetHeight}px`);
    }).observe(stage);
    steadySliders(element);
    this.#mountTabs();
    await this.#mount();
  }

  /** Show the page in another language. The views are mounted anew: all that they show lies in the explorer's state. */
  async speak(language) {
    const strings = this.host.strings(language);
    this.#asked = language;
    try {
      await strings;
    } catch (error) {
      if (language !== this.#asked) return;
      this.#asked = this.language;
      this.explorer.failed(error, "problem.server", {}, () => this.speak(language)); // in the language that is there
      return;
    }
    if (language !== this.#asked) return; // another one was chosen meanwhile
    this.language = language;
    keepLanguage(language);
    this.strings = strings;
    await this.#mount();
  }

  async #mount() {
    const { element, explorer, host, language } = this;
    const t = makeWords(await this.strings, language);
    if (language !== this.language) return; // another one was chosen meanwhile
    const isAgain = this.#shown !== null;
    this.#shown?.abort();
    this.#shown = new AbortController();
    const { signal } = this.#shown;
    element.lang = document.documentElement.lang = t("language.tag");
    if (isAgain) {
      for (const [view, template] of this.#templates) if (element.contains(view)) view.innerHTML = template;
    }
    fillWords(element, t);
    const mountView = async (view) => {
      try {
        const { mount } = await VIEWS[view.dataset.view]();
        if (!signal.aborted) mount(view, { explorer, host, t, signal });
      } catch (error) {
        console.error(error);
        view.replaceChildren(
          Object.assign(document.createElement("p"), { className: "problem", textContent: t("problem.view") }),
        );
      }
    };
    const views = [...element.querySelectorAll("[data-view]")];
    const { tab } = explorer.state;
    const later = views.filter((view) => view.closest("[role=tabpanel][hidden]"));
    await Promise.all(views.filter((view) => !later.includes(view)).map(mountView));
    await this.#untilDrawn(tab, signal); // what is seen comes first
    await nextTask();
    await Promise.all(later.map(mountView));
    if (!signal.aborted) element.dataset.language = language;
  }

  /** Until the first digit is drawn, something is said of a problem, or another tab than this is open; or `mounted` aborts. */
  async #untilDrawn(tab, mounted) {
    const { explorer, host } = this;
    if (!host.models.length || mounted.aborted) return;
    const waiting = new AbortController();
    const { signal } = waiting;
    await /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        explorer.on("z", resolve, { signal });
        explorer.on("problem", resolve, { signal });
        explorer.on("tab", (now) => now !== tab && resolve(), { signal });
        mounted.addEventListener("abort", () => resolve(), { signal });
      })
    );
    waiting.abort();
  }

  #mountTabs() {
    const { explorer, element } = this;
    const tabs = [...element.querySelectorAll("[role=tab]")];
    const nameOf = (tab) => tab.getAttribute("aria-controls");
    const named = (name) => tabs.find((tab) => nameOf(tab) === name) ?? tabs[0];
    for (const tab of tabs) {
      tab.addEventListener("click", () => explorer.setTab(nameOf(tab)));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        const to =
          { Home: tabs[0], End: tabs.at(-1) }[event.key] ?? (step && tabs.at((tabs.indexOf(tab) + step) % tabs.length));
        if (!to) return;
        event.preventDefault();
        to.focus();
        explorer.setTab(nameOf(to));
      });
    }
    // A tab that is left from far down, by a button of its own, is found there again; the other one is seen from its start
    const scroller = () => element.querySelector(".projector") ?? document.scrollingElement;
    const isAbove = () => tabs[0].getBoundingClientRect().bottom < 0;
    const places = new Map();
    let open = null;
    explorer.on("tab", (name) => {
      if (open) places.set(open, isAbove() ? scroller().scrollTop : null);
      for (const tab of tabs) {
        const isOpen = tab === named(name);
        tab.setAttribute("aria-selected", String(isOpen));
        tab.tabIndex = isOpen ? 0 : -1;
        element.querySelector(`#${nameOf(tab)}`).hidden = !isOpen;
      }
      const place = places.get(name) ?? null;
      if (place !== null) scroller().scrollTop = place;
      else if (open && isAbove()) tabs[0].scrollIntoView();
      open = name;
    });
  }

  #key(event) {
    if (!(event.ctrlKey || event.metaKey) || isTyping(event)) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.explorer.redo();
    else this.explorer.undo();
  }
}
