// The operations page: what it asks for, how often, and what stays on the page when an answer fails.

import { get } from "./api.js";
import { Charts } from "./charts.js";
import { ConversationView } from "./conversation_view.js";
import { byId, h, icon } from "./dom.js";
import { clock } from "./format.js";
import { onLanguage, switchLanguage, t, translatePage } from "./i18n.js";
import { showAlerts, showConversations, showKpis, showLag, showModels, showPool } from "./panels.js";

const REFRESH_MS = 5_000;
const charts = new Charts();
const conversation = new ConversationView(byId("conversation"));

const PARTS = {
  summary: { path: () => `/v1/ops/summary?minutes=${byId("range").value}`, show: showSummary, title: "kpi" },
  conversations: {
    path: () => "/v1/ops/conversations?limit=20", title: "conversations",
    show: ({ conversations }) => showConversations(conversations, (id) => conversation.open(id)),
  },
  alerts: { path: () => "/v1/ops/alerts?limit=20", show: ({ alerts }) => showAlerts(alerts), title: "alerts" },
  pool: { path: () => "/v1/ops/pool", show: ({ workers }) => showPool(workers), title: "pool" },
  lag: { path: () => "/v1/ops/lag", show: ({ groups }) => showLag(groups), title: "lag" },
};

/** Per part: the last good answer as text (unchanged answers are not drawn again), when it came, what failed since. */
const known = Object.fromEntries(Object.keys(PARTS).map((name) => [name, { text: "", at: NaN, problem: "" }]));
let paused = false;
let timer = 0;
let round = 0;

function showSummary(summary) {
  showModels(summary.models);
  showKpis(summary.totals);
  charts.show(summary);
}

async function load(name, current) {
  try {
    const body = await get(PARTS[name].path());
    if (current === round) accept(name, body);
  } catch (error) {
    if (current === round) known[name].problem = error.message;
  }
}

function accept(name, body) {
  const { generated_at: _, ...content } = body;
  const text = JSON.stringify(content);
  if (text !== known[name].text) PARTS[name].show(body);
  known[name] = { text, body, at: Date.now(), problem: "" };
}

async function refresh() {
  clearTimeout(timer);
  round += 1;
  const current = round;
  await Promise.all(Object.keys(PARTS).map((name) => load(name, current)));
  if (current !== round) return;
  report();
  if (!paused) timer = setTimeout(refresh, REFRESH_MS);
}

function report() {
  const failed = Object.entries(known).filter(([, { problem }]) => problem);
  const words = failed.map(([name, part]) => [t("problem", { what: t(PARTS[name].title), why: part.problem }), old(part)].join(" "));
  if (byId("problems").textContent !== words.join("")) byId("problems").replaceChildren(...words.map((each) => h("p", {}, each)));
  const last = Math.max(...Object.values(known).map(({ at }) => at || 0));
  const key = paused ? "paused" : "updated";
  byId("updated").textContent = last ? t(key, { time: clock(last, true) }) : failed.length ? "" : t("loading");
}

const old = ({ at }) => (at ? t("problem.old", { time: clock(at, true) }) : "");

function setPaused(value) {
  paused = value;
  const label = t(paused ? "resume" : "pause");
  byId("pause").setAttribute("aria-pressed", String(paused));
  for (const name of ["aria-label", "title"]) byId("pause").setAttribute(name, label);
  byId("pause").replaceChildren(icon(paused ? "play" : "pause"));
}

function redraw() {
  setPaused(paused);
  if (!known.summary.body) {
    showKpis({});
    charts.outline();
  }
  for (const [name, { body }] of Object.entries(known)) if (body) PARTS[name].show(body);
  report();
}

translatePage();
redraw();
byId("language").addEventListener("click", switchLanguage);
byId("pause").addEventListener("click", () => (setPaused(!paused), paused ? (clearTimeout(timer), report()) : refresh()));
byId("range").addEventListener("change", refresh);
document.addEventListener("visibilitychange", () => (document.hidden || paused ? clearTimeout(timer) : refresh()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
onLanguage(redraw);
refresh();
