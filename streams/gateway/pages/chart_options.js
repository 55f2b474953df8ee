// What ECharts is told: pure functions of rows and colours. Tooltips are elements, since a strict style-src forbids the
// style attributes of ECharts' own markup.

import { binned } from "./bins.js";
import { h } from "./dom.js";
import { clock, count, duration, moment, percent } from "./format.js";
import { t } from "./i18n.js";

// A fixed place for names: ECharts measures on a canvas outside the page, where the page's language chooses no fonts.
const NAMES_PX = 116;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** The page's colours as they are now, light or dark. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["ink", "muted", "line", "surface", "good", "bad", "series-1", "series-2", "series-3", "series-4"];
  return { ...Object.fromEntries(names.map((name) => [name, colour(name)])), font: style.fontFamily };
}

function common(colours) {
  return {
    animation: !still.matches, animationDuration: 300, animationDurationUpdate: 300,
    textStyle: { fontFamily: colours.font, color: colours.muted }, aria: { enabled: false },
  };
}

function tooltip(colours, trigger, lines) {
  return {
    trigger, confine: true, transitionDuration: 0, backgroundColor: colours.surface, borderColor: colours.line, padding: [6, 10],
    textStyle: { color: colours.ink, fontSize: 13 }, axisPointer: { type: trigger === "axis" ? "line" : "none", lineStyle: { color: colours.line } },
    formatter: (params) => h("div", { class: "tip" }, lines(Array.isArray(params) ? params : [params])),
  };
}

function overTime(colours, rows, formats, yAxis, series) {
  const lines = (params) => [h("strong", {}, moment(params[0].value[0])), ...params.map((each, at) => tipLine(each, formats[each.seriesIndex ?? at]))];
  return {
    ...common(colours),
    grid: { left: 8, right: 12, top: 34, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 8, icon: "roundRect", textStyle: { color: colours.muted }, selectedMode: false },
    tooltip: tooltip(colours, "axis", lines),
    xAxis: {
      type: "time", splitNumber: 6, axisLine: { lineStyle: { color: colours.line } }, axisTick: { show: false }, splitLine: { show: false },
      axisLabel: { color: colours.muted, hideOverlap: true, formatter: (value) => clock(value) }, minInterval: 60_000, ...edges(rows),
    },
    yAxis, series,
  };
}

/** One lonely minute still gets a span of time around it. */
const edges = (rows) => (rows.length === 1 ? { min: rows[0].at - 300_000, max: rows[0].at + 300_000 } : {});

function tipLine(each, format) {
  const dot = h("i", { class: "dot" });
  dot.style.background = typeof each.color === "string" ? each.color : "";
  return h("div", {}, dot, `${each.seriesName}: ${format(each.value[1] ?? NaN)}`);
}

function axis(colours, format, extra = {}) {
  return {
    type: "value", min: 0, splitNumber: 4, axisLabel: { color: colours.muted, formatter: format },
    splitLine: { lineStyle: { color: colours.line, type: "dashed" } }, ...extra,
  };
}

function line(rows, field, name, colour, extra = {}) {
  return {
    type: "line", name, data: rows.map((row) => [row.at, row[field] ?? null]), showSymbol: rows.length < 3, symbolSize: 7, smooth: 0.25,
    smoothMonotone: "x", lineStyle: { width: 2.2, color: colour }, itemStyle: { color: colour }, ...extra,
  };
}

export function volumeOption(rows, colours) {
  const bins = binned(rows);
  const bars = {
    type: "bar", name: t("messages"), data: bins.map((row) => [row.at, row.messages]), barMaxWidth: 22, barMinWidth: 2,
    itemStyle: { color: colours["series-1"], opacity: 0.5, borderRadius: [3, 3, 0, 0] },
  };
  const negative = line(bins, "negative_share", t("negative"), colours["series-2"], { yAxisIndex: 1 });
  const shares = axis(colours, percent, { max: 1, splitLine: { show: false }, splitNumber: 2 });
  return overTime(colours, rows, [count, percent], [axis(colours, count, { minInterval: 1 }), shares], [bars, negative]);
}

export function latencyOption(rows, colours) {
  // A logarithmic axis has no zero.
  const above = rows.map((row) => ({ at: row.at, p50_ms: row.p50_ms || null, p95_ms: row.p95_ms || null }));
  const series = [line(above, "p50_ms", "p50", colours["series-1"]), line(above, "p95_ms", "p95", colours["series-3"])];
  return overTime(colours, rows, [duration, duration], axis(colours, duration, { type: "log", min: undefined }), series);
}

export function barOption(rows, colours, colourOf = () => colours["series-1"]) {
  const all = rows.reduce((sum, row) => sum + row.count, 0);
  const words = ([{ dataIndex }]) => [h("strong", {}, rows[dataIndex].name), h("div", {}, `${count(rows[dataIndex].count)} · ${percent(rows[dataIndex].count / all)}`)];
  return {
    ...common(colours),
    grid: { left: NAMES_PX, right: 48, top: 4, bottom: 4 },
    tooltip: tooltip(colours, "item", words),
    xAxis: { type: "value", show: false, min: 0 },
    yAxis: {
      type: "category", inverse: true, data: rows.map((row) => row.name), axisLine: { show: false }, axisTick: { show: false },
      axisLabel: { color: colours.ink, align: "left", margin: NAMES_PX, width: NAMES_PX - 14, overflow: "truncate" },
    },
    series: [{
      type: "bar", barMaxWidth: 16, barCategoryGap: "35%", itemStyle: { borderRadius: 4 }, showBackground: true,
      backgroundStyle: { color: colours.line, opacity: 0.4, borderRadius: 4 },
      label: { show: true, position: "right", color: colours.muted, formatter: ({ dataIndex }) => count(rows[dataIndex].count) },
      data: rows.map((row) => ({ value: row.count, itemStyle: { color: colourOf(row) } })),
    }],
  };
}

export function sentimentOption(rows, colours) {
  const tone = { negative: colours.bad, positive: colours.good };
  return barOption(rows, colours, (row) => tone[row.key] ?? colours["series-3"]);
}
