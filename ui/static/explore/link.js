// Copies the address that restores what is shown now.

export function mount(button, { explorer, t, signal }) {
  const label = button.querySelector("span");
  let timer = 0;
  button.addEventListener(
    "click",
    async () => {
      const link = explorer.link();
      try {
        await navigator.clipboard.writeText(link);
        tell("link.copied");
      } catch {
        window.history.replaceState(null, "", link); // no permission, or no https
        tell("link.address");
      }
    },
    { signal },
  );

  function tell(key) {
    clearTimeout(timer);
    label.textContent = t(key);
    timer = setTimeout(() => {
      label.textContent = t("link.copy");
    }, 4000);
  }
  signal.addEventListener("abort", () => clearTimeout(timer));
}
