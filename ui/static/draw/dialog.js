// A dialog of the page's own: a button opens it; its cross, Escape and a click beside it close it.

/** Let `button` open `dialog`; opened() is called whenever it has. */
export function makeDialog(button, dialog, { signal, opened = () => {} }) {
  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    dialog.scrollTop = 0;
    opened();
  };
  /** Whether a click on the dialog itself is on its own edge, and not on what lies around it. */
  function isInside({ clientX, clientY }) {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
  }
  button.addEventListener("click", open, { signal });
  dialog.querySelector(".close").addEventListener("click", () => dialog.close(), { signal });
  dialog.addEventListener("click", (event) => event.target === dialog && !isInside(event) && dialog.close(), {
    signal,
  });
  signal.addEventListener("abort", () => dialog.close());
  return { open };
}
