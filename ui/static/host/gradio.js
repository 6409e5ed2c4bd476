// A Gradio server behind the page: files come from its static folders, questions go to the component's server functions.

import { described } from "./settings.js";

/** settings: what the page was built with, see `described`. */
export function gradioHost(settings) {
  let connected;
  const connection = new Promise((resolve) => {
    connected = resolve;
  });

  return {
    ...described(settings),
    can: { convert: true, animate: true }, // what ask() is there for

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
