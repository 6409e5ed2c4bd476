// The connection to where the page came from. Where it is lost, the page goes on with what is here, and looks from time to
// time whether it is back.

const FIRST_MS = 1000, // until it looks for the first time,
  LAST_MS = 30_000, // and at most; each time it waits twice as long
  CALM_MS = 120_000; // without a loss: the next one begins with the first again

/** Whether something failed because there was no answer: that is how fetch() rejects. */
export const isLoss = (error) => error instanceof TypeError || error?.name === "NoAnswer";

/** There was no answer. */
export class NoAnswer extends Error {
  name = "NoAnswer";
}

export class Connection {
  #answers;
  #retries = [];
  #timer = 0;
  #wait = FIRST_MS;
  #lost = 0; // when it was lost the last time

  /** answers(): promise of whether there is an answer. */
  constructor(answers) {
    this.#answers = answers;
    globalThis.addEventListener?.("online", () => this.#timer && this.#look());
  }

  /** Do fn once there is an answer again. */
  retry(fn) {
    const now = Date.now();
    if (now - this.#lost > CALM_MS) this.#wait = FIRST_MS;
    this.#lost = now;
    this.#retries.push(fn);
    if (!this.#timer) this.#schedule();
  }

  #schedule() {
    this.#timer = setTimeout(() => this.#look(), this.#wait);
    this.#wait = Math.min(LAST_MS, 2 * this.#wait);
  }

  async #look() {
    clearTimeout(this.#timer);
    const answers = await this.#answers().catch(() => false);
    if (!answers) return this.#schedule();
    this.#timer = 0;
    for (const fn of this.#retries.splice(0)) fn();
  }
}
