// The question's bubble with its state, and what stands for an answer until it is there.

import { h, icon } from "./dom.js";
import { moment } from "./format.js";
import { t } from "./i18n.js";
import { richText } from "./richtext.js";
import { draftText } from "./transcript.js";

/** Null when only the answer is known to this page. */
export function question(turn, onRetry) {
  if (!turn.text) return null;
  return h("div", { class: `question ${turn.state}` },
    h("span", { class: "unseen" }, t("you")),
    h("div", { class: "bubble" }, turn.text),
    turn.state === "failed" ? failure(turn, onRetry) : state(turn));
}

function state(turn) {
  const sending = turn.state === "sending";
  return h("p", { class: "meta" },
    sending ? t("sending") : moment(turn.at), icon(sending ? "clock" : "check"),
    sending ? null : h("span", { class: "unseen" }, t("sent")));
}

function failure(turn, onRetry) {
  return h("p", { class: "meta" },
    h("span", { class: "bad" }, icon("alert"), ` ${t("failed")}${turn.problem ? ` · ${turn.problem}` : ""}`),
    h("button", { type: "button", class: "link", on: { click: () => onRetry(turn.id) } }, icon("retry"), t("retry")));
}

/** The draft's bubble; the `old` one is kept, so that it does not rise anew with every piece. */
export function draft(known, old) {
  const text = draftText(known);
  if (!text) return typing();
  const element = old ?? h("div", { class: "answer draft", "aria-busy": "true" }, h("div", { class: "bubble" }));
  element.firstChild.replaceChildren(...richText(text));
  return element;
}

export function typing() {
  return h("div", { class: "answer typing", "aria-hidden": "true" },
    h("div", { class: "bubble" }, h("span", { class: "dots" }, h("i"), h("i"), h("i"))));
}
