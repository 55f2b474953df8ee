// One conversation in a dialog: its turns, and for each the steps that led to its answer.

import { get, turnsOf } from "./api.js";
import { h, icon } from "./dom.js";
import { duration, instant, moment } from "./format.js";
import { named, t } from "./i18n.js";
import { empty, moodMark } from "./panels.js";
import { timeline } from "./trace.js";

export class ConversationView {
  constructor(dialog) {
    this.dialog = dialog;
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }

  async open(id) {
    this.id = id;
    this.body = h("div", { class: "body" }, h("p", { class: "empty", role: "status" }, t("loading")));
    this.dialog.replaceChildren(this.#head(id), this.body);
    this.dialog.showModal();
    const shown = await content(() => turnsOf(id), (turns) => turns.length ? turns.map(turn) : [empty("turns.empty")]);
    if (this.id === id) this.body.replaceChildren(...shown);
  }

  #head(id) {
    const close = { click: () => this.dialog.close() };
    return h("header", {}, h("div", {}, h("h2", { id: "conversation-title" }, t("conversation")), h("p", { class: "about" }, id)),
      h("button", { type: "button", class: "quiet", "aria-label": t("close"), title: t("close"), on: close }, icon("close")));
  }
}

/** Elements from what `load` brings, or one that says what went wrong. */
async function content(load, draw) {
  try {
    return draw(await load());
  } catch (error) {
    return [h("p", { class: "problem", role: "alert" }, error.message)];
  }
}

function turn(each) {
  const steps = h("div", { class: "steps" });
  const about = [
    moment(instant(each.asked_at)), named("source", each.source), named("intent", each.intent), duration(each.latency_ms),
    each.feedback ? named("feedback", each.feedback) : "",
  ];
  return h("article", { class: "turn", data: { message: each.message_id } },
    h("p", { class: "ask" }, moodMark(each.sentiment), h("span", {}, each.question)),
    h("p", { class: "say" }, each.answer),
    sources(each.citations),
    h("p", { class: "about" }, about.filter(Boolean).join(" · ")),
    trigger(each, steps), steps);
}

function sources(citations) {
  return citations?.length ? h("ul", { class: "cited" }, citations.map(({ title, article_id }) => h("li", {}, icon("book"), title || article_id))) : null;
}

function trigger({ message_id }, steps) {
  const button = h("button", { type: "button", class: "toggle", "aria-expanded": "false" }, icon("chevron"), t("trace"));
  button.addEventListener("click", () => toggle(button, steps, message_id));
  return button;
}

async function toggle(button, steps, message_id) {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  steps.replaceChildren(...(open ? [h("p", { class: "empty", role: "status" }, t("loading"))] : []));
  if (!open) return;
  const load = () => get(`/v1/ops/trace/${encodeURIComponent(message_id)}`);
  const shown = await content(load, ({ events }) => [events.length ? timeline(events) : empty("trace.empty")]);
  if (button.getAttribute("aria-expanded") === "true") steps.replaceChildren(...shown);
}
