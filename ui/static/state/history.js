// Undo and redo. A step holds what a change replaced: {model, z?, selection?, stops?, lecture?, pins?: {from, to}}, the values from before it.

const MOST_STEPS = 1000;

export class History {
  #past = [];
  #future = [];
  #gesture = null;

  /** Remember what a change replaces. Changes of one gesture are one step, which keeps the values from before the first. */
  note(step, gesture = null) {
    const last = this.#past.at(-1);
    if (gesture !== null && gesture === this.#gesture && last) {
      this.#past[this.#past.length - 1] = { ...step, ...last };
      return;
    }
    this.#gesture = gesture;
    this.#past.push(step);
    if (this.#past.length > MOST_STEPS) this.#past.shift();
    this.#future = this.#future.filter((other) => !concerns(other, step.model));
  }

  /** The gesture is over: the next change is another step. */
  settle() {
    this.#gesture = null;
  }

  /** Whether there is something to undo and to redo while `model` is shown. */
  can(model) {
    const any = (steps) => steps.some((step) => concerns(step, model));
    return { undo: any(this.#past), redo: any(this.#future) };
  }

  /**
   * The latest step that concerns a model, to be restored; null without one. now(step) gives the present values of what
   * the step holds, for redo.
   */
  undo(model, now) {
    return this.#move(this.#past, this.#future, model, now);
  }

  redo(model, now) {
    return this.#move(this.#future, this.#past, model, now);
  }

  #move(from, to, model, now) {
    const place = from.findLastIndex((step) => concerns(step, model));
    if (place < 0) return null;
    const [step] = from.splice(place, 1);
    to.push(now(step));
    this.#gesture = null;
    return step;
  }
}

/** Each model has a z and a selection of its own; the morph's stops, the lecture and the pins belong to all of them. */
const concerns = (step, model) => step.model === model || ["stops", "lecture", "pins"].some((part) => part in step);
