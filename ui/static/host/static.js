// Plain files behind the page, and no server that could be asked: what needs one is not offered.

import { described } from "./settings.js";

/** settings: what the site was written with, see `described`. */
export const staticHost = (settings) => ({ ...described(settings), can: { convert: false, animate: false } });
