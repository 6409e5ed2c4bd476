// Chooses the model; each keeps its own z.

export function mount(select, { explorer, signal }) {
  select.replaceChildren(...explorer.models.list.map(({ name }) => new Option(name, name)));
  select.addEventListener(
    "change",
    async () => {
      select.value = (await explorer.open(select.value)) ?? select.value;
    },
    { signal },
  );
  explorer.on("model", ({ name }) => (select.value = name), { signal });
}
