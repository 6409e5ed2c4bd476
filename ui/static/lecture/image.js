// The image that all panels of the lecture are about: a test image of any class, or one that is drawn here.

import { finder, make } from "../draw/dom.js";
import { makePad } from "../draw/pad.js";
import { paint } from "../draw/raster.js";
import { whenShown } from "../draw/schedule.js";
import { laidOut } from "../maths/layout.js";

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const { lecture, models } = explorer;
  const canvas = find("canvas.image");

  let stroke = null; // the gesture of a stroke: one step of undo
  const pad = makePad(find(".board"), {
    wanted: () => lecture.pair !== null,
    drawn(_, { isDone }) {
      stroke ??= Symbol("stroke");
      lecture.set({ pixels: laidOut(pad.ink) }, { undoable: true, gesture: stroke });
      if (isDone) stroke = null;
    },
    signal,
  });

  const labelOf = (row) => explorer.atlas?.labels[row];
  const firstOf = (label) => explorer.atlas.labels.indexOf(label);
  function offerClasses() {
    if (!lecture.pair || !explorer.atlas) return;
    const { data } = explorer.model;
    const buttons = host.classes[data].map((name, label) => {
      const image = make("canvas", { width: 28, height: 28, ariaHidden: "true" });
      models.originals.draw(image.getContext("2d"), data, firstOf(label));
      const button = make("button", { type: "button", title: name, ariaLabel: name }, image);
      button.addEventListener("click", () => lecture.set({ row: firstOf(label), pixels: null }, { undoable: true }));
      return button;
    });
    find(".classes").replaceChildren(...buttons);
    show();
  }

  function show() {
    const { row, pixels } = lecture.state,
      x = lecture.pair && lecture.image;
    if (!x || !explorer.atlas) return;
    paint(canvas, x);
    if (!pixels) pad.clear();
    const name = host.classes[explorer.model.data][labelOf(row)];
    find("figcaption").textContent = pixels ? t("lecture.image.own") : t("lecture.image.test", { row, name });
    canvas.setAttribute("aria-label", find("figcaption").textContent);
    [...find(".classes").children].forEach((button, label) => {
      button.setAttribute("aria-pressed", String(!pixels && row === firstOf(label)));
    });
  }

  find(".another").addEventListener("click", () => {
    const { labels } = explorer.atlas ?? {};
    if (labels) lecture.set({ row: Math.floor(Math.random() * labels.length), pixels: null }, { undoable: true });
  });
  find(".take").addEventListener("click", async () => {
    const { now } = lecture;
    if (!now) return;
    const { z, vae } = now;
    if ((await explorer.open(vae.name)) !== vae.name) return;
    explorer.write(z);
    explorer.setTab("explore");
  });

  explorer.on("lecture", show, { signal });
  explorer.on("atlas", offerClasses, { signal });
  const open = async () => {
    try {
      await lecture.open();
      offerClasses();
    } catch (error) {
      explorer.failed(error, "problem.lecture", { detail: error.message }, open);
    }
  };
  let isShown = false;
  whenShown(
    element,
    (shown) => {
      if (shown !== isShown) shown ? open() : lecture.close();
      isShown = shown;
    },
    signal,
  );
  explorer.on("model", () => isShown && open(), { signal });
}
