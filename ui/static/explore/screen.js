// Full screen, for a projector: larger type, a larger digit, and a large one beside the pointer on the map.

export function mount(button, { explorer, t, signal }) {
  const page = button.closest(".latent-explorer");
  button.hidden = !document.fullscreenEnabled; // phones, and frames that are not allowed to
  const isOn = () => document.fullscreenElement === page;
  button.addEventListener(
    "click",
    async () => {
      try {
        await (isOn() ? document.exitFullscreen() : page.requestFullscreen());
      } catch {
        explorer.tell("screen.refused");
      }
    },
    { signal },
  );
  function show() {
    page.classList.toggle("projector", isOn());
    document.documentElement.classList.toggle("projecting", isOn());
    const name = t(isOn() ? "screen.leave" : "screen.enter");
    button.title = name;
    button.setAttribute("aria-label", name);
    button.setAttribute("aria-pressed", String(isOn()));
  }
  document.addEventListener("fullscreenchange", show, { signal });
  show();
}
