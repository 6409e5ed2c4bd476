// The script of the lab's worker. It is told {begin: {run, kernel, images, config}, set}, {set: {betas, lr, slow}}, {play: true or
// false}, {step: true}; it tells, some times a second, {run, playing, step, epoch, rate, costed, batch, models}, see Lab.picture, with
// the heldOut of each model, measured at `costed`. Asked for {whole: {id, which}} it tells {id, whole: {weights, mu, logvar, heldOut}}.

import { Lab } from "./lab.js";
import { kernelOf } from "./network.js";
import { makeLater } from "./work.js";

const PICTURE_MS = 85, // from one picture to the next, and what a step still takes
  COSTED_MS = 1000, // from one measurement of the held-out loss to the next
  SLOW_MS = 300; // from one step to the next, in slow motion

let lab = null,
  run = 0, // which lab it is, so that what an older one tells is not taken for this one's
  settings = { betas: [1, 1], lr: 1e-3, slow: false },
  playing = false,
  heldOut = null,
  shown = 0,
  costed = 0,
  seen = 0, // images since `since`
  since = 0;

const soon = makeLater();
const goOn = () => playing && turn();
const later = () => (settings.slow ? setTimeout(goOn, SLOW_MS) : soon(goOn));

function turn() {
  lab.step(settings);
  seen += lab.models[0].trainer.batch;
  const now = performance.now();
  if (settings.slow || now - shown > PICTURE_MS) tell(now);
  later();
}

function tell(now = performance.now(), { isNew = false } = {}) {
  if (isNew || now - costed > COSTED_MS * lab.models.length) {
    heldOut = lab.heldOut();
    costed = now;
  }
  const rate = now > since ? (1000 * seen) / (now - since) : 0;
  if (now - since > 2000) [seen, since] = [0, now];
  const { batch, models } = lab.picture(settings.betas, isNew || settings.slow);
  const told = models.map((model, k) => ({ ...model, heldOut: heldOut[k] }));
  const given = [
    batch,
    ...models.flatMap(({ mu, std, manifold, samples, push }) => [mu, std, manifold, samples, push]),
  ];
  self.postMessage(
    { run, playing, step: lab.steps, epoch: lab.epoch, rate, costed, batch, models: told },
    { transfer: given.filter(Boolean).map(({ buffer }) => buffer) },
  );
  shown = Math.max(now, performance.now() - PICTURE_MS / 4); // most of the time is for training, however long a picture takes
}

self.onmessage = ({ data: { begin, set, play, step, whole } }) => {
  if (set) settings = { ...settings, ...set };
  if (begin) {
    playing = false;
    run = begin.run;
    lab = new Lab(kernelOf(begin.kernel), begin.images, begin.config);
    tell(undefined, { isNew: true });
  } else if (set && lab && !playing) tell(); // the KL term's forces are others
  if (step && lab) {
    lab.step(settings);
    tell(undefined, { isNew: true });
  }
  if (whole && lab) {
    const { id, which } = whole;
    self.postMessage({ id, whole: { ...lab.whole(which), heldOut: lab.heldOut()[which] } });
  }
  if (play !== undefined && play !== playing) {
    playing = play;
    [seen, since] = [0, performance.now()];
    if (playing) later();
    else tell(undefined, { isNew: true });
  }
};
