// The encoders that a person's images need: of the chosen model, and of the plain autoencoder that is compared with it. They are
// fetched when the first image is about to come.

export class Encoders {
  #models;
  #ready = new Map(); // name -> encode(x), see Models

  constructor(models) {
    this.#models = models;
  }

  /** Names of the models that an image is encoded for while `model` is shown. */
  wanted(model) {
    return [model.name, this.#models.plainBeside(model)?.name].filter(Boolean);
  }

  /**
   * Fetch what is wanted for a model; rejects where its own encoder cannot be had. The other one can be done without: gives
   * its error, or null.
   */
  async open(model) {
    for (const name of this.#ready.keys()) if (!this.wanted(model).includes(name)) this.#ready.delete(name);
    const fetch = async (name) => this.#ready.set(name, await this.#models.encoder(name));
    const [own, beside] = this.wanted(model);
    const problem = (error) => error;
    const [, failed] = await Promise.all([fetch(own), beside && fetch(beside).then(() => null, problem)]);
    return failed ?? null;
  }

  /** There is another model of that name now. */
  forget(name) {
    this.#ready.delete(name);
  }

  /** Codes of an image [784], {model: mu [D]}, for those of the wanted models whose encoder is there. */
  codes(x, model) {
    const names = this.wanted(model).filter((name) => this.#ready.has(name));
    return Object.fromEntries(names.map((name) => [name, this.#ready.get(name)(x).mu]));
  }
}
