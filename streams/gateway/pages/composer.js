// The message box: Enter sends, Shift+Enter breaks the line, Enter that picks an input method's candidate does neither.

import { byId } from "./dom.js";

const touch = matchMedia("(pointer: coarse)");   // where focus would bring up the keyboard over the answer
const IME_KEYCODE = 229;
const LINES_MAX_PX = 168;

/** Safari ends the composition before it reports the key, which then carries the input method's key code. */
const composes = (event) => event.isComposing || event.keyCode === IME_KEYCODE;

export function bindComposer(onText) {
  const box = byId("message");
  const form = byId("composer");

  function fit() {
    byId("send").disabled = !box.value.trim();
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, LINES_MAX_PX)}px`;
  }

  function submit(text = box.value) {
    if (!text.trim()) return;
    if (text === box.value) box.value = "";
    fit();
    onText(text.trim());
    if (!touch.matches) box.focus();
  }

  box.addEventListener("input", fit);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || composes(event)) return;
    event.preventDefault();
    submit();
  });
  form.addEventListener("submit", (event) => (event.preventDefault(), submit()));
  fit();
  return { submit, focus: () => box.focus() };
}
