// Copies the address that restores what is shown now.

import { make } from "../draw/dom.js";

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
        offer(link); // no permission, or no HTTPS
      }
    },
    { signal },
  );

  /** Copy as browsers did before; where that is forbidden, too, the link can be taken by hand. */
  function offer(link) {
    const field = make("input", { type: "text", readOnly: true, value: link, ariaLabel: t("link.field") });
    button.after(field);
    field.select();
    if (document.execCommand("copy")) {
      field.remove();
      button.focus();
      tell("link.copied");
      return;
    }
    tell("link.take");
    field.addEventListener("blur", () => field.remove());
    field.addEventListener("keydown", ({ key }) => key === "Escape" && button.focus());
  }

  function tell(key) {
    clearTimeout(timer);
    label.textContent = t(key);
    timer = setTimeout(() => {
      label.textContent = t("link.copy");
    }, 4000);
  }
  signal.addEventListener("abort", () => clearTimeout(timer));
}
