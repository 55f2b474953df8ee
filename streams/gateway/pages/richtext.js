// A model's light Markdown as elements: paragraphs, lists, bold, code, web addresses. Everything else stays text.

import { h } from "./dom.js";

const INLINE = /\*\*([^*\n]+)\*\*|`([^`\n]+)`|(https?:\/\/[^\s<>"'`，。；！？、（）【】《》]*[^\s<>"'`，。；！？、（）【】《》.,;:!?)\]])/g;
const BULLET = /^\s*[-*•]\s+/;
const NUMBER = /^\s*(\d{1,3})[.)、]\s*/;

/** Blocks of `text` for an answer's bubble: a list of elements. */
export function richText(text) {
  const blocks = [];
  for (const line of text.split("\n")) place(blocks, line);
  return blocks.filter((block) => block.lines.length).map(element);
}

function place(blocks, line) {
  const kind = !line.trim() ? "gap" : BULLET.test(line) ? "ul" : NUMBER.test(line) ? "ol" : "p";
  if (blocks.at(-1)?.kind !== kind) blocks.push({ kind, lines: [] });
  if (kind !== "gap") blocks.at(-1).lines.push(line);
}

function element({ kind, lines }) {
  if (kind === "ul") return h("ul", {}, lines.map((line) => h("li", {}, inline(line.replace(BULLET, "")))));
  if (kind === "ol") return h("ol", {}, lines.map(numbered));
  return h("p", {}, lines.flatMap((line, at) => (at ? [h("br"), ...inline(line)] : inline(line))));
}

function numbered(line) {
  return h("li", { value: NUMBER.exec(line)[1] }, inline(line.replace(NUMBER, "")));
}

function inline(line) {
  const parts = [];
  let end = 0;
  for (const match of line.matchAll(INLINE)) {
    parts.push(line.slice(end, match.index), styled(match));
    end = match.index + match[0].length;
  }
  return [...parts, line.slice(end)];
}

function styled([, bold, code, address]) {
  if (bold) return h("strong", {}, bold);
  if (code) return h("code", {}, code);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address);
}
