// Fields for numbers. A browser drops what its language does not write in a number, so that "1,5" would become 15: here
// a comma is a decimal point, and what cannot be a number is refused.

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d*)?(e[+-]?\d*)?$/i;

/**
 * Makes an <input type=number> take numbers as people write them. typed(value) is called with each number while it is
 * typed, entered(value) with what was entered, NaN for nothing or for what is no number; `refused` is the sentence that is
 * shown beside a field for what cannot be a number.
 * @param {HTMLInputElement} input
 * @param {{typed?: (value: number) => void, entered: (value: number) => void, refused: string, signal: AbortSignal}} options
 */
export function numberField(input, { typed, entered, refused, signal }) {
  let inserting = false;
  input.addEventListener(
    "beforeinput",
    (event) => {
      if (inserting || typeof event.data !== "string") return;
      const text = event.data.trim().replaceAll("−", "-").replace(",", ".");
      const isSecondPoint = text.includes(".") && input.value.includes(".") && !getSelection()?.toString();
      const isNumber = NUMBER.test(text) && !isSecondPoint;
      if (isNumber && text === event.data) return;
      event.preventDefault();
      if (isNumber) insert(event.data, text);
      else {
        input.setCustomValidity(refused);
        input.reportValidity();
      }
    },
    { signal },
  );

  /** Insert a number as the browser's language writes it: as it was written, or with a point for the comma. */
  function insert(written, text) {
    inserting = true;
    let taken = false;
    const heard = () => {
      taken = true;
    };
    input.addEventListener("input", heard, { capture: true, once: true });
    // a part of what is pasted may be dropped silently: only a comma by itself is tried as it is
    if (written === ",") document.execCommand("insertText", false, written);
    input.removeEventListener("input", heard, true);
    if (!taken) document.execCommand("insertText", false, text);
    inserting = false;
  }

  input.addEventListener(
    "input",
    () => {
      input.setCustomValidity("");
      if (Number.isFinite(input.valueAsNumber)) typed?.(input.valueAsNumber);
    },
    { signal },
  );
  input.addEventListener("change", () => entered(input.valueAsNumber), { signal });
}
