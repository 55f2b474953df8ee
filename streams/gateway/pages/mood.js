// The mood that a sentiment stands for.

const EDGE = 0.05;   // VADER's documented thresholds of the compound score

/** A label from a label, from a score in [-1, 1] or from {score, label}. */
export function mood(sentiment) {
  if (typeof sentiment === "number") return sentiment >= EDGE ? "positive" : sentiment <= -EDGE ? "negative" : "neutral";
  return (typeof sentiment === "object" ? sentiment?.label : sentiment) || "neutral";
}
