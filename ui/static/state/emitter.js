// Listeners by name. One that throws is reported and does not stop the others.

export class Emitter {
  #listeners = new Map(); // name -> Set of functions

  /** Call fn at every emit(what, ...), until `signal` aborts. */
  listen(what, fn, signal) {
    if (signal?.aborted) return;
    if (!this.#listeners.has(what)) this.#listeners.set(what, new Set());
    const own = (...args) => fn(...args); // the same function may listen twice
    this.#listeners.get(what).add(own);
    signal?.addEventListener("abort", () => this.#listeners.get(what).delete(own), { once: true });
  }

  emit(what, ...args) {
    for (const fn of [...(this.#listeners.get(what) ?? [])]) this.guard(fn, ...args);
  }

  /** Call fn; what it throws is reported. */
  guard(fn, ...args) {
    try {
      fn(...args);
    } catch (error) {
      globalThis.reportError ? reportError(error) : console.error(error);
    }
  }

  /** How many functions listen, for tests. */
  get size() {
    return [...this.#listeners.values()].reduce((sum, own) => sum + own.size, 0);
  }
}
