// What a Gradio page loads.

export { gradioHost as makeHost } from "../host/gradio.js";
export { start } from "../page.js";
