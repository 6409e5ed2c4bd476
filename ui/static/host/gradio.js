// A Gradio server behind the page: files come from its static folders, questions go to the component's server functions.

/**
 * settings: what the page was built with, {models, first, files: {model: {model, atlas, metrics}}, strings, plotly, ink, originals, figures,
 * config, classes, palette, examples, problems}; addresses are relative to the page.
 */
export function gradioHost(settings) {
  let connected;
  const connection = new Promise((resolve) => {
    connected = resolve;
  });
  const absolute = (address) => new URL(address, document.baseURI).href;

  return {
    models: settings.models,
    first: settings.first, // the name of the model to open, or null
    problems: settings.problems, // sentences about models that cannot be shown
    figures: settings.figures, // the map's Plotly figures, without points, by dataset
    config: settings.config, // Plotly's
    classes: settings.classes, // their names, by dataset
    palette: settings.palette,
    can: { convert: true, animate: true }, // what ask() is there for
    languages: Object.keys(settings.strings),

    /** Where a model's file lies: "model", "atlas" or "metrics"; undefined where it has none. */
    url(model, part) {
      const address = settings.files[model.name][part];
      return address && absolute(address);
    },
    /** Where the weights of the network that finds ink lie. */
    ink: absolute(settings.ink),
    /** Where Plotly's script lies. */
    plotly: absolute(settings.plotly),
    /** Where the test images of each dataset lie, 100 in a row of one image file. */
    originals: Object.fromEntries(Object.entries(settings.originals).map(([data, url]) => [data, absolute(url)])),
    /** Pairs of image files to morph, as addresses. */
    examples: settings.examples.map((pair) => pair.map(absolute)),
    /** The words of a language: {key: sentence}. */
    async strings(language) {
      const response = await fetch(absolute(settings.strings[language]));
      if (!response.ok) throw new Error(`The words of ${language} did not come.`);
      return response.json();
    },

    /** Called by the component, once Gradio has built it. */
    connect(server, upload) {
      connected({ server, upload });
    },
    /** Ask the server: "convert" or "animate", see ui/studio.py; gives its answer. */
    async ask(name, question) {
      const { server } = await connection;
      const answer = await server[`ask_${name}`](question);
      if (!answer || answer.error) throw new Error("The server did not answer."); // Gradio's client may not reject
      return answer;
    },
    /** Bring a File to the server: {path, url}, for ask("convert"). */
    async upload(file) {
      const { upload } = await connection;
      return upload(file);
    },
  };
}
