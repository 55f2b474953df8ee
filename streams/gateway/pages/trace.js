// The steps of one message as a timeline: when each happened, how long after the one before, what it found.

import { h } from "./dom.js";
import { clock, duration, instant, isNumber } from "./format.js";
import { named, t } from "./i18n.js";

const ORDER = ["received", "understood", "decided", "model_called", "replied", "delivered", "handed_over", "feedback", "rejected"];
const SHOWN_APART = new Set(["event_id", "kind", "conversation_id", "message_id", "tenant", "channel", "occurred_at", "text", "detail"]);

/** Events in the order of time with `at` (ms after the first) and `took` (ms after the one before); ties in the usual order. */
export function timed(events) {
  const dated = events.map((event) => ({ event, time: instant(event.occurred_at) }));
  dated.sort((one, other) => one.time - other.time || ORDER.indexOf(one.event.kind) - ORDER.indexOf(other.event.kind));
  return dated.map(({ event, time }, index) => ({ event, time, at: time - dated[0].time, took: time - dated[Math.max(0, index - 1)].time }));
}

export function timeline(events) {
  const steps = timed(events);
  const end = Math.max(...steps.filter(({ event }) => event.kind !== "feedback").map(({ at }) => at), 1);
  return h("div", { class: "trace" },
    h("p", { class: "about" }, t("trace.total", { n: steps.length, total: duration(steps.at(-1).at) })),
    h("ol", {}, steps.map((each) => step(each, end))));
}

function step({ event, time, at, took }, end) {
  return h("li", { data: { kind: event.kind } },
    h("div", { class: "row" },
      h("strong", {}, named("kind", event.kind)),
      h("span", { class: "gist" }, gist(event)),
      h("span", { class: "took" }, at ? `+${duration(took)}` : "")),
    bar(at, took, end),
    details(event, time, at));
}

/** Where this step lies in the whole, as a share of its time. */
function bar(at, took, end) {
  const fill = h("span");
  fill.style.left = `${(100 * Math.min(Math.max(at - took, 0), end)) / end}%`;
  fill.style.width = `${at > end ? 0 : (100 * took) / end}%`;
  return h("div", { class: "extent", "aria-hidden": "true" }, fill);
}

function gist({ kind, intent, source, model, latency_ms, detail = {} }) {
  const parts = {
    understood: [named("intent", intent)],
    decided: [named("source", source), detail.why],
    model_called: [model, latency_ms ? duration(latency_ms) : ""],
    replied: [named("source", source), duration(latency_ms)],
    delivered: [detail.status], feedback: [detail.rating ? named("feedback", detail.rating) : ""], rejected: [detail.reason],
  }[kind];
  return (parts ?? []).filter(Boolean).map(String).join(" · ");
}

function details(event, time, at) {
  const fields = Object.entries(event).filter(([name, value]) => !SHOWN_APART.has(name) && value !== "" && value !== 0 && value !== null);
  const found = Object.entries(event.detail ?? {});
  return h("details", {},
    h("summary", {}, t("trace.details"), " · ", h("span", { class: "about" }, `${clock(time, true)} · ${t("trace.at", { at: duration(at) })}`)),
    event.text ? h("blockquote", {}, event.text) : null,
    h("dl", {}, [...fields, ...found].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, shown(value))))));
}

function shown(value) {
  if (isNumber(value)) return String(Math.round(value * 1000) / 1000);
  return typeof value === "string" ? value : JSON.stringify(value);
}
