// What a page was built with, as both hosts give it to the views.

import { fetched, received } from "../state/connection.js";

/**
 * settings: {version, scripts, icon, models, first, files: {model: {model, atlas, metrics}}, headers, strings, plotly, katex, ink, originals, figures, config, classes,
 * palette, examples, problems}, see `settings` in ui/publish.py; addresses are relative to the page.
 */
export function described(settings) {
  const absolute = (address) => new URL(address, document.baseURI).href;
  const files = Object.values(settings.files).flatMap((parts) => Object.values(parts).map(absolute));

  return {
    version: settings.version, // of the project
    models: settings.models,
    first: settings.first, // the name of the model to open, or null
    /** Whether there is an answer from where the page came from. */
    answers: async () => Boolean(await fetched(document.baseURI, { method: "HEAD", cache: "no-store" })),
    problems: settings.problems, // sentences about models that cannot be shown
    figures: settings.figures, // the map's Plotly figures, without points, by dataset
    config: settings.config, // Plotly's
    classes: settings.classes, // their names, by dataset
    palette: settings.palette,
    languages: Object.keys(settings.strings),

    /** Where a model's file lies: "model", "atlas" or "metrics"; undefined where it has none. */
    url(model, part) {
      const address = settings.files[model.name][part];
      return address && absolute(address);
    },
    /** Where all files with weights and codes lie: each address changes with its content. */
    files,
    /** What is known of some of them: address -> {header, start}, see state/safetensors.js. */
    headers: Object.entries(settings.headers).map(([url, header]) => [absolute(url), header]),
    /** Where the weights of the network that finds ink lie. */
    ink: absolute(settings.ink),
    /** Where Plotly's script lies. */
    plotly: absolute(settings.plotly),
    /** The folder of what typesets formulas. */
    katex: absolute(settings.katex),
    /** Where the test images of each dataset lie, 100 in a row of one image file. */
    originals: Object.fromEntries(Object.entries(settings.originals).map(([data, url]) => [data, absolute(url)])),
    /** Pairs of image files to morph, as addresses. */
    examples: settings.examples.map((pair) => pair.map(absolute)),
    /** The words of a language: {key: sentence}. */
    async strings(language) {
      const response = await fetched(absolute(settings.strings[language]));
      if (!response.ok) throw new Error(`The words of ${language} did not come.`);
      return received(response.json());
    },
  };
}
