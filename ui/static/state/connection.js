// The connection to where the page came from. Where it is lost, the page goes on with what is here, and looks from time to
// time whether it is back.

const FIRST_MS = 1000, // until it looks for the first time,
  LAST_MS = 30_000, // and at most; each time it waits twice as long
  CALM_MS = 120_000; // without a loss: the next one begins with the first again

const GONE = [502, 503, 504]; // what a proxy says whose server does not answer

/** There was no answer. */
export class NoAnswer extends Error {
  name = "NoAnswer";
}

/** Whether something failed because there was no answer. */
export const isLoss = (error) => error instanceof NoAnswer;

/** As fetch(); rejects with NoAnswer where there is none, also where a proxy says so. */
export async function fetched(url, options = {}) {
  const response = await received(fetch(url, options));
  if (GONE.includes(response.status)) throw new NoAnswer(`HTTP ${response.status}`);
  return response;
}

/** What comes of an answer, a promise; NoAnswer where the connection is cut. */
export async function received(reading) {
  try {
    return await reading;
  } catch (error) {
    throw new NoAnswer(error.message);
  }
}

export class Connection {
  #answers;
  #retries = [];
  #timer = 0;
  #wait = FIRST_MS;
  #lost = -Infinity; // when it was lost the last time
  #looking = false;

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

  /** Something failed, and it is not known why: do fn once there is an answer again, if there is none now. */
  async retryIfLost(fn) {
    if (!(await this.#isThere())) this.retry(fn);
  }

  #isThere() {
    return this.#answers().catch(() => false);
  }

  #schedule() {
    this.#timer = setTimeout(() => this.#look(), this.#wait);
    this.#wait = Math.min(LAST_MS, 2 * this.#wait);
  }

  async #look() {
    if (this.#looking) return;
    this.#looking = true;
    clearTimeout(this.#timer);
    const isThere = await this.#isThere();
    this.#looking = false;
    if (!isThere) return this.#schedule();
    this.#timer = 0;
    for (const fn of this.#retries.splice(0)) {
      try {
        fn();
      } catch (error) {
        globalThis.reportError?.(error);
      }
    }
  }
}
