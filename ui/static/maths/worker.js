// The script of the worker: does what the page asks for, see work.js. The first message is the compiled kernel, or null.

import { driven, workWith } from "./work.js";

// A message to oneself between two pieces: what the page has sent meanwhile is heard first
const { port1, port2 } = new MessageChannel();
let next = () => {};
port1.onmessage = () => next();
const later = (fn) => {
  next = fn;
  port2.postMessage(null);
};

self.onmessage = ({ data: { kernel } }) => {
  const answer = (message, given = []) => self.postMessage(message, { transfer: given });
  const receive = driven(workWith(kernel, answer), later);
  self.onmessage = ({ data }) => receive(data);
  self.postMessage({ ready: true });
};
