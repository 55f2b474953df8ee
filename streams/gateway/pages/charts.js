// The charts of the operations page: each a card with a picture, a sentence that says what is in it, and its table.

import { binWidth } from "./bins.js";
import { byId, h } from "./dom.js";
import { clock, count, duration, instant, percent } from "./format.js";
import { named, t } from "./i18n.js";
import { barOption, latencyOption, palette, sentimentOption, volumeOption } from "./chart_options.js";
import { empty, table } from "./panels.js";

const BARS_SHOWN = 8;
const BAR_REM = 1.75;
const SHARED_TIME = "time";
const total = (rows) => rows.reduce((sum, { count: n }) => sum + n, 0);
const peak = (rows, field) => Math.max(0, ...rows.map((row) => row[field] ?? 0));

const KINDS = {
  volume: overTime("volume", volumeOption, ["messages", count], ["messages", "negative"], (row) => [count(row.messages), percent(row.negative_share)]),
  latency: overTime("latency", latencyOption, ["p95_ms", duration], ["kpi.p50", "kpi.p95"], (row) => [duration(row.p50_ms), duration(row.p95_ms)]),
  sources: counted("sources", "source", "source", barOption),
  intents: counted("intents", "intent", "intent", barOption),
  sentiment: counted("sentiment", "label", "label", sentimentOption),
  channels: counted("channels", "channel", "channel", barOption),
};

/** A chart over the summary's series; `field` gives its highest point. */
function overTime(name, option, [field, format], heads, cells) {
  return {
    rows: ({ series }) => series.map((row) => ({ ...row, at: instant(row.minute) })),
    option,
    about: (rows) => (rows.length ? t(`${name}.about`, { n: binWidth(rows) }) : ""),
    words: (title, rows) => t("chart.peak", { title, n: count(rows.length), peak: format(peak(rows, field)) }),
    table: (title, rows) => table(title, [t("minute"), ...heads.map((key) => t(key))], rows.map((row) => [clock(row.at), ...cells(row)])),
    group: SHARED_TIME,
  };
}

/** A chart over counts by name; what is beyond the first few stands together as "others", the table has all. */
function counted(list, field, prefix, option) {
  const label = (row) => ({ key: row[field], name: named(prefix, row[field]), count: row.count });
  return {
    rows: (summary) => summary[list].map(label).sort((one, other) => other.count - one.count),
    option: (rows, colours) => option(folded(rows), colours),
    height: (rows) => `${folded(rows).length * BAR_REM + 0.5}rem`,
    words: (title, rows) => t("chart.summary", { title, n: count(rows.length), total: count(total(rows)) }),
    table: (title, rows) => table(title, [t("name"), t("count"), t("share")],
      rows.map((row) => [row.name, count(row.count), percent(row.count / total(rows))])),
  };
}

function folded(rows) {
  if (rows.length <= BARS_SHOWN) return rows;
  return [...rows.slice(0, BARS_SHOWN - 1), { key: "", name: t("others"), count: total(rows.slice(BARS_SHOWN - 1)) }];
}

export class Charts {
  #drawn = new Map();

  constructor() {
    this.resized = new ResizeObserver((entries) => entries.forEach(({ target }) => window.echarts?.getInstanceByDom(target)?.resize()));
  }

  /** The cards while there are no figures to draw. */
  outline() {
    for (const name of Object.keys(KINDS)) {
      const card = this.#drawn.get(name) ?? this.#card(name);
      card.heading.textContent = t(name);
      card.empty.replaceChildren(empty("no.figures"));
      card.picture.hidden = card.details.hidden = true;
    }
  }

  show(summary) {
    const colours = palette();
    for (const [name, kind] of Object.entries(KINDS)) this.#show(name, kind, kind.rows(summary), colours);
  }

  #show(name, kind, rows, colours) {
    const card = this.#drawn.get(name) ?? this.#card(name);
    const title = t(name);
    card.heading.textContent = title;
    card.about.textContent = kind.about?.(rows) ?? "";
    card.toggle.textContent = t("table");
    card.empty.replaceChildren(rows.length ? (window.echarts ? "" : t("no.charts")) : empty("empty.chart"));
    card.table.replaceChildren(rows.length ? kind.table(title, rows) : "");
    card.details.hidden = !rows.length;
    card.picture.hidden = !rows.length || !window.echarts;
    card.picture.setAttribute("aria-label", kind.words(title, rows));
    if (!card.picture.hidden) this.#draw(card.picture, kind, rows, colours);
    else if (!window.echarts) card.details.open = true;
  }

  #card(name) {
    const card = {
      heading: h("h2", { id: `${name}-title` }), about: h("p", { class: "about" }), empty: h("div"), table: h("div"),
      picture: h("div", { class: "picture", role: "img" }), toggle: h("summary"),
    };
    card.details = h("details", { class: "as-table" }, card.toggle, card.table);
    byId(name).setAttribute("aria-labelledby", `${name}-title`);
    byId(name).replaceChildren(card.heading, card.about, card.empty, card.picture, card.details);
    this.resized.observe(card.picture);
    this.#drawn.set(name, card);
    return card;
  }

  #draw(picture, kind, rows, colours) {
    picture.style.height = kind.height?.(rows) ?? "";
    const chart = window.echarts.getInstanceByDom(picture) ?? window.echarts.init(picture, null, { renderer: "canvas" });
    chart.resize();
    chart.group = kind.group ?? "";
    chart.setOption(kind.option(rows, colours), { notMerge: true, lazyUpdate: false });
    if (kind.group) window.echarts.connect(kind.group);
  }
}
