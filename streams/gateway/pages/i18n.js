// The page's language: ?lang=, else the last choice, else the browser's; and its texts.

import { read, write } from "./storage.js";
import { TEXTS } from "./texts.js";

const KEY = "kefu.language";
const known = (value) => (/^zh\b/i.test(value ?? "") ? "zh" : /^en\b/i.test(value ?? "") ? "en" : null);
const listeners = [];
let current = known(new URLSearchParams(location.search).get("lang")) ?? known(read(KEY))
  ?? known(navigator.language) ?? "en";

export const language = () => current;

/** The text of `key` with `{name}` places filled; a missing key shows itself. */
export function t(key, values = {}) {
  const text = TEXTS[current][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** A text that may be missing: a name of data (an intent, a channel) otherwise stands for itself. */
export function named(prefix, name) {
  return TEXTS[current][`${prefix}.${name}`] ?? String(name || "–").replaceAll("_", " ");
}

export const onLanguage = (listener) => listeners.push(listener);

export function switchLanguage() {
  current = current === "zh" ? "en" : "zh";
  write(KEY, current);
  dropFromAddress();
  translatePage();
  for (const listener of listeners) listener();
}

function dropFromAddress() {
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  history.replaceState(null, "", address);
}

/** Fill every element that names its text: data-t (content), data-t-label, data-t-placeholder, data-t-title. */
export function translatePage() {
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const name of ["label", "placeholder", "title"])
    for (const element of document.querySelectorAll(`[data-t-${name}]`))
      element.setAttribute(name === "label" ? "aria-label" : name, t(element.getAttribute(`data-t-${name}`)));
}
