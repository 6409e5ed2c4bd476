// The script of the worker: does what the page asks for, see work.js. The first message is the compiled kernel, or null.

import { networksFrom } from "./network.js";
import { Work } from "./work.js";

let work = null;
let going = false;
const { port1, port2 } = new MessageChannel();

// A message to oneself between two pieces: what the page has sent meanwhile is heard first
port1.onmessage = () => {
  work.step();
  going = work.busy;
  if (going) port2.postMessage(null);
};

self.onmessage = ({ data }) => {
  if (!work) {
    work = new Work(networksFrom(data.kernel), (answer, given = []) => self.postMessage(answer, { transfer: given }));
    self.postMessage({ ready: true });
    return;
  }
  work.receive(data);
  if (!going && work.busy) {
    going = true;
    port2.postMessage(null);
  }
};
