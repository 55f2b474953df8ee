// Figures, lists and tables of the operations page.

import { byId, h, icon } from "./dom.js";
import { clock, count, duration, instant, isNumber, moment, percent } from "./format.js";
import { named, t } from "./i18n.js";
import { mood } from "./mood.js";

const KPIS = [
  ["messages", "messages", count], ["replies", "replies", count], ["answered", "answered_share", percent],
  ["negative", "negative_share", percent], ["p50", "p50_ms", duration], ["p95", "p95_ms", duration], ["p99", "p99_ms", duration],
];

export function showKpis(totals) {
  byId("kpis").replaceChildren(...KPIS.map(([name, field, format]) =>
    h("li", { data: { kpi: name } }, h("span", { class: "label" }, t(`kpi.${name}`)), h("strong", {}, format(totals[field])))));
}

export function showModels(models) {
  const status = ["online", "offline"].includes(models?.status) ? models.status : "unknown";
  byId("models").hidden = false;
  byId("models").dataset.status = status;
  byId("models").textContent = t(`models.${status}`);
  byId("models").title = models?.reason ?? "";
}

export const empty = (key) => h("p", { class: "empty" }, t(key));

/** A table with a caption for those who do not see the heading above it; `head` and `rows` hold texts, numbers to the right. */
export function table(caption, head, rows) {
  const cell = (tag, value, scope) => h(tag, { scope, class: /^[\d–]/.test(value) ? "number" : null }, value);
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, head.map((each) => h("th", { scope: "col" }, each)))),
      h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {}, cell("th", first, "row"), rest.map((each) => cell("td", each)))))));
}

export function showLag(groups) {
  const sorted = [...groups].sort((one, other) => other.lag - one.lag);
  const total = groups.reduce((sum, { lag }) => sum + lag, 0);
  const rows = sorted.map(({ group, topic, lag }) => [group, topic, count(lag)]);
  const head = [t("lag.group"), t("lag.topic"), t("lag.lag")];
  byId("lag").replaceChildren(groups.length ? table(t("lag"), head, [...rows, [t("lag.total"), "", count(total)]]) : empty("lag.empty"));
}

export function showPool(workers) {
  const rows = workers.flatMap(({ worker, servers }) => servers.map((server) => [
    server.url, worker, named("breaker", server.state), `${count(server.in_flight)} / ${count(server.slots)}`,
    server.models.join(", ") || "–", isNumber(server.tokens_per_s) ? count(server.tokens_per_s) : "–", server.problem || "–",
  ]));
  const head = ["server", "worker", "state", "slots", "models", "rate", "problem"].map((each) => t(`pool.${each}`));
  const waiting = workers.reduce((sum, each) => sum + each.waiting, 0);
  byId("pool").replaceChildren(rows.length ? table(t("pool"), head, rows) : empty("pool.empty"),
    h("p", { class: "about" }, rows.length ? t("pool.waiting", { n: count(waiting) }) : ""));
}

export function showAlerts(alerts) {
  byId("alerts").replaceChildren(alerts.length ? h("ul", { class: "alerts" }, alerts.map(alert)) : empty("alerts.empty"));
}

function alert({ severity, rule, subject, message, value, limit, baseline, window_start, window_end, occurred_at }) {
  const figures = { value: figure(value), limit: figure(limit), baseline: figure(baseline) };
  const span = window_start && window_end ? `${moment(instant(window_start))}–${clock(instant(window_end))}` : moment(instant(occurred_at));
  return h("li", { data: { severity } },
    h("p", { class: "line" }, h("span", { class: "chip", data: { severity } }, named("severity", severity)), h("strong", {}, message || rule)),
    h("p", { class: "about" }, [subject, rule, t("alert.value", figures), span].filter(Boolean).join(" · ")));
}

const figure = (value) => (isNumber(value) ? count(Math.round(value * 1000) / 1000) : "–");

export function showConversations(list, onOpen) {
  const focused = document.activeElement?.closest("[data-conversation]")?.dataset.conversation;
  byId("conversations").replaceChildren(
    list.length ? h("ul", { class: "conversations" }, list.map((each) => conversation(each, onOpen))) : empty("conversations.empty"));
  if (focused) byId("conversations").querySelector(`[data-conversation="${CSS.escape(focused)}"]`)?.focus();
}

function conversation(each, onOpen) {
  const about = [
    named("channel", each.channel), t(each.turns === 1 ? "conversation.turn" : "conversation.turns", { n: count(each.turns) }), named("source", each.last_source),
    moment(instant(each.last_at)),
  ];
  const open = () => onOpen(each.conversation_id);
  return h("li", {}, h("button", { type: "button", data: { conversation: each.conversation_id }, on: { click: open } },
    moodMark(each.sentiment),
    h("span", { class: "text" }, h("span", { class: "ask" }, each.last_question || "–"), h("span", { class: "say" }, each.last_answer || "–"),
      h("span", { class: "about" }, about.join(" · "))),
    icon("chevron")));
}

export function moodMark(sentiment) {
  const label = mood(sentiment);
  return h("span", { class: "mood", data: { mood: label }, title: named("label", label) }, h("span", { class: "unseen" }, named("label", label)));
}
