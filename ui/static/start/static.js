// What a static site loads.

export { staticHost as makeHost } from "../host/static.js";
export { start } from "../page.js";
