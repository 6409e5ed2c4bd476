// The script of the worker: does what the page asks for, see work.js. The first message is the compiled kernel, or null.

import { driven, makeLater, workWith } from "./work.js";

const later = makeLater();

self.onmessage = ({ data: { kernel } }) => {
  const answer = (message, given = []) => self.postMessage(message, { transfer: given });
  const receive = driven(workWith(kernel, answer), later);
  self.onmessage = ({ data }) => receive(data);
  self.postMessage({ ready: true });
};
