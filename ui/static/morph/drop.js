// Image files that are dropped on an element, or pasted while it is pointed at or has the focus.

/** given(file) is called with an image file; failed(key) where the clipboard has none, or cannot be read. */
export function mountDrop(element, button, { signal, given, failed }) {
  const imageOf = (files) => [...files].find(({ type }) => type.startsWith("image/")) ?? files[0];
  const mark = (over) => element.classList.toggle("over", over);

  element.addEventListener(
    "dragover",
    (event) => {
      event.preventDefault();
      mark(true);
    },
    { signal },
  );
  element.addEventListener("dragleave", () => mark(false), { signal });
  element.addEventListener(
    "drop",
    (event) => {
      event.preventDefault();
      mark(false);
      const file = imageOf(event.dataTransfer.files);
      if (file) given(file);
    },
    { signal },
  );

  document.addEventListener(
    "paste",
    (event) => {
      if (!element.matches(":hover") && !element.contains(document.activeElement)) return;
      const file = imageOf(event.clipboardData.files);
      if (!file) return;
      event.preventDefault();
      given(file);
    },
    { signal },
  );

  button.hidden = !navigator.clipboard?.read;
  button.addEventListener(
    "click",
    async () => {
      try {
        for (const item of await navigator.clipboard.read()) {
          const type = item.types.find((one) => one.startsWith("image/"));
          if (type) return given(new File([await item.getType(type)], "clipboard", { type }));
        }
        failed("stop.paste.empty");
      } catch {
        failed("stop.paste.failed");
      }
    },
    { signal },
  );
}
