// What people read as a model's name, made from what is known of it. Links, files and programs use the checkpoint's name.

const LECTURE = { encoder: [784, 400, 40], decoder: [20, 400, 784] }; // the widths of the layers of the lecture's notebook

/**
 * The names of models in words: {name: {title, notes, full}}. title says the kind, the size and the data, notes what it is
 * here for, full both, and no two models have the same. t: the words, see makeWords; first: the name of the model that is
 * opened first.
 */
export function modelNames(models, first, t) {
  const names = {};
  for (const model of models) {
    const title = titleOf(model, t),
      notes = notesOf(model, first, t);
    names[model.name] = { title, notes, full: t("name.full", { title, note: notes[0] }) };
  }
  const all = Object.values(names).map(({ full }) => full);
  for (const [name, own] of Object.entries(names)) {
    if (all.indexOf(own.full) !== all.lastIndexOf(own.full)) own.full = t("name.same", { full: own.full, name });
  }
  return names;
}

/** Models as they are listed: [data, models] with the first model's data first; VAEs, larger ones and β = 1 before others. */
export function modelGroups(models, first) {
  const groups = new Map();
  const start = models.find(({ name }) => name === first);
  const rank = ({ name, variational, latent_dim, beta }) => [
    name !== first,
    !variational,
    -latent_dim,
    Math.abs(beta - 1),
  ];
  const sorted = [...models].sort((a, b) => {
    const [one, other] = [rank(a).map(Number), rank(b).map(Number)];
    const place = one.findIndex((value, k) => value !== other[k]);
    return place < 0 ? 0 : one[place] - other[place];
  });
  for (const data of new Set([start, ...models].filter(Boolean).map((model) => model.data))) {
    groups.set(
      data,
      sorted.filter((model) => model.data === data),
    );
  }
  return [...groups];
}

/** The kind of a model, its size and its data, in words. */
export function titleOf({ variational, latent_dim, beta, data }, t) {
  const kind = t(variational ? "name.vae" : "name.ae");
  const size = t("name.size", { count: latent_dim });
  const parts = { kind, size, beta, data: t(`data.${data}`) };
  return t(variational && beta !== 1 ? "name.title.beta" : "name.title", parts);
}

/** What a model is here for, the most telling first; never none. */
function notesOf(model, first, t) {
  const { name, variational, latent_dim, active_units, beta, likelihood, one_image } = model;
  const uses = { active: active_units, n: latent_dim };
  const notes = [
    name === first && "name.note.default",
    model.made && "name.note.made",
    isLectures(model) && "name.note.lecture",
    !variational && "name.note.plain",
    one_image && "name.note.oneimage",
    variational && beta > 1 && (active_units < latent_dim ? "name.note.large.fewer" : "name.note.large"),
    variational && beta === 0 && "name.note.free",
    variational && 0 < beta && beta < 1 && "name.note.small",
    variational && beta === 1 && latent_dim === 2 && "name.note.flat",
    likelihood === "gaussian" && "name.note.gaussian",
    variational && beta === 1 && active_units < latent_dim && "name.note.active",
  ].filter(Boolean);
  return (notes.length ? notes : ["name.note.all"]).map((key) => t(key, uses));
}

/** Whether it has the network of the lecture: its layers, and nothing ahead of the decoder. */
function isLectures({ variational, activation, warp, layers }) {
  const same = (part) => layers?.[part].join() === LECTURE[part].join();
  return variational && activation === "relu" && !warp && same("encoder") && same("decoder");
}
