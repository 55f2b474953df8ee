// The transcript on the page: one element per turn, redrawn only when that turn changed.

import { byId, h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { AnswerView } from "./answer_view.js";
import { draft, question, typing } from "./turn_view.js";
import { awaiting } from "./transcript.js";

const NEAR_PX = 120;
const SUGGESTIONS = ["where", "return", "refund", "invoice"];
const ICONS = { where: "box", return: "back", refund: "coin", invoice: "receipt" };

export class ChatView {
  #drawn = new Map();
  #answers = new Map();
  #following = true;

  constructor() {
    this.log = byId("log");
    this.scroller = byId("scroller");
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    byId("latest").addEventListener("click", () => this.#toEnd("smooth"));
    new ResizeObserver(() => this.#follow()).observe(this.scroller);
    this.#suggest();
  }

  /** Forget what is drawn, as after a change of language. */
  reset() {
    this.#drawn.clear();
    this.#answers.clear();
    this.log.replaceChildren();
    this.#suggest();
  }

  show(turns, { state, models }) {
    if (turns.at(-1)?.state === "sending" && !this.#drawn.has(turns.at(-1).id)) this.#following = true;
    byId("welcome").hidden = turns.length > 0;
    this.#drop(turns);
    turns.forEach((turn, at) => this.#place(turn, at));
    this.#presence(state, models);
    byId("typing").textContent = awaiting(turns).length ? t("typing") : "";
    this.#follow();
  }

  /** Something that concerns no single message. */
  say(text) {
    this.log.querySelector(".notice")?.remove();
    this.log.append(h("p", { class: "notice" }, text || t("failed")));
    this.#follow();
  }

  #suggest() {
    byId("suggestions").replaceChildren(...SUGGESTIONS.map((name) => suggestion(name, (text) => this.onSuggestion(text))));
  }

  #drop(turns) {
    const kept = new Set(turns.map((turn) => turn.id));
    for (const [id, { element }] of this.#drawn) {
      if (kept.has(id)) continue;
      element.remove();
      this.#drawn.delete(id);
    }
  }

  #place(turn, at) {
    const known = this.#drawn.get(turn.id) ?? { element: h("div", { class: "turn", data: { id: turn.id } }) };
    if (this.log.children[at] !== known.element) this.log.insertBefore(known.element, this.log.children[at] ?? null);
    if (known.turn !== turn) this.#redraw(known.element, turn, known.turn);
    this.#drawn.set(turn.id, { element: known.element, turn });
  }

  #redraw(element, turn, before) {
    const asked = before && sameQuestion(before, turn) ? element.querySelector(".question") : question(turn, (id) => this.onRetry(id));
    const rest = turn.answers.length ? turn.answers.map((each) => this.#answer(each)) : [pending(turn, element)];
    const wanted = [asked, ...rest].filter(Boolean);
    if (wanted.some((each, at) => element.children[at] !== each) || element.children.length !== wanted.length)
      element.replaceChildren(...wanted);
  }

  /** One view per answer for good, so that a half-written comment outlives whatever else happens. */
  #answer(answer) {
    const view = this.#answers.get(answer.reply_id) ?? new AnswerView(answer, (rating) => this.onRated(answer.reply_id, rating));
    this.#answers.set(answer.reply_id, view);
    view.rate(answer.feedback);
    return view.element;
  }

  #presence(state = "connecting", models = null) {
    const offline = models?.status === "offline";
    byId("presence").dataset.state = state === "open" && offline ? "scripts" : state;
    const words = t(state === "open" && offline ? "presence.scripts" : `presence.${state}`);
    if (byId("presence").textContent !== words) byId("presence").textContent = words;
    byId("banner").hidden = !offline && state !== "waiting";
    byId("banner").dataset.kind = state === "waiting" ? "waiting" : "offline";
    const text = state === "waiting" ? t("banner.waiting") : t("banner.offline");
    if (byId("banner").textContent !== text) byId("banner").textContent = text;
    byId("banner").title = state === "waiting" ? "" : (models?.reason ?? "");
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    byId("latest").hidden = this.#following;
  }

  #follow() {
    if (this.#following) this.#toEnd("instant");
  }

  #toEnd(behavior) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
  }
}

const sameQuestion = (one, other) =>
  one.text === other.text && one.state === other.state && one.problem === other.problem && one.at === other.at;

function pending(turn, element) {
  if (turn.draft) return draft(turn.draft, element.querySelector(".answer.draft"));
  return turn.state === "sent" && !turn.settled ? typing() : null;
}

function suggestion(name, onPick) {
  const text = t(`suggest.${name}`);
  return h("li", {}, h("button", { type: "button", on: { click: () => onPick(text) } }, icon(ICONS[name]), h("span", {}, text)));
}
