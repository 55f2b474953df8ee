// Minutes gathered into wider bins, so that a day's bars stay wide enough to see.

const BARS_AIM = 120;
const WIDTHS = [1, 5, 10, 15, 30, 60];
const MINUTE_MS = 60_000;

/** Minutes per bar for rows {at} in the order of time. */
export function binWidth(rows) {
  const minutes = rows.length ? (rows.at(-1).at - rows[0].at) / MINUTE_MS : 0;
  return WIDTHS.find((width) => minutes / width <= BARS_AIM) ?? WIDTHS.at(-1);
}

/** Rows {at, messages, negative_share} per bin: messages add up, shares weigh by messages. */
export function binned(rows) {
  const width = binWidth(rows) * MINUTE_MS;
  const bins = new Map();
  for (const { at, messages, negative_share } of rows) {
    const start = Math.floor(at / width) * width;
    const { messages: before, negative } = bins.get(start) ?? { messages: 0, negative: 0 };
    bins.set(start, { messages: before + messages, negative: negative + (negative_share ?? 0) * messages });
  }
  return [...bins].map(([at, { messages, negative }]) => ({ at, messages, negative_share: messages ? negative / messages : null }));
}
