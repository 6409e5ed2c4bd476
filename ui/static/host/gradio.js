// A Gradio server behind the page: files come from its static folders, questions go to the component's server functions.

import { NoAnswer } from "../state/connection.js";
import { described } from "./settings.js";

const PATIENCE_MS = 60_000; // for an answer: the last one in the server's fullest line (ui/work.py) comes sooner

/** settings: what the page was built with, see `described`. */
export function gradioHost(settings) {
  let connected;
  const connection = new Promise((resolve) => {
    connected = resolve;
  });

  const host = described(settings);

  /** What the server answers; Gradio's client may not reject where it does not. */
  async function answered(asking) {
    const answer = await asking.catch(() => null);
    if (answer && !answer.error) return answer;
    if (await host.answers().catch(() => false)) throw new Error("The server refused.");
    throw new NoAnswer("The server does not answer.");
  }

  return {
    ...host,
    can: { convert: true, animate: true }, // what ask() is there for
    largestUpload: settings.largest_upload, // bytes

    /** Called by the component, once Gradio has built it. */
    connect(server, upload) {
      connected({ server, upload });
    },
    /** Ask the server: "convert" or "animate", see ui/studio.py; gives its answer. */
    async ask(name, question) {
      const { server } = await connection;
      let timer;
      const late = new Promise((_, reject) => {
        timer = setTimeout(reject, PATIENCE_MS);
      });
      try {
        return await answered(Promise.race([server[`ask_${name}`](question), late]));
      } finally {
        clearTimeout(timer);
      }
    },
    /** Bring a File to the server: {path, url}, for ask("convert"). */
    async upload(file) {
      const { upload } = await connection;
      return answered(upload(file));
    },
  };
}
