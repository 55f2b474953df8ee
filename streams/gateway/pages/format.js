// Numbers and times as people of the page's language write them.

import { language } from "./i18n.js";

const locale = () => (language() === "zh" ? "zh-CN" : "en-GB");

/** Milliseconds since the epoch of an RFC 3339 or ClickHouse time (without an offset: UTC); NaN when it is none. */
export function instant(text) {
  const iso = String(text ?? "").trim().replace(" ", "T");
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
}

export function clock(at, withSeconds = false) {
  const seconds = withSeconds ? { second: "2-digit" } : {};
  const format = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...seconds });
  return Number.isFinite(at) ? format.format(at) : "–";
}

/** The time alone on the day itself, with the date before that. */
export function moment(at, now = Date.now()) {
  if (!Number.isFinite(at) || new Date(at).toDateString() === new Date(now).toDateString()) return clock(at);
  const date = new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric" }).format(at);
  return `${date} ${clock(at)}`;
}

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

export function count(value) {
  return isNumber(value) ? new Intl.NumberFormat(locale()).format(value) : "–";
}

export function percent(share) {
  const format = new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 1 });
  return isNumber(share) ? format.format(share) : "–";
}

/** A duration given in ms: `0.4 ms`, `35 ms`, `1.25 s`, `12.5 s`, `3 min`. */
export function duration(ms) {
  if (!isNumber(ms)) return "–";
  if (ms < 1000) return `${count(ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms))} ms`;
  if (ms < 60_000) return `${count(ms < 10_000 ? Math.round(ms / 10) / 100 : Math.round(ms / 100) / 10)} s`;
  return `${count(Math.round(ms / 60_000))} min`;
}
