// A final answer: its text, who wrote it, what it rests on, and what the person thinks of it.

import { post } from "./api.js";
import { h, icon } from "./dom.js";
import { moment, percent } from "./format.js";
import { named, t } from "./i18n.js";
import { richText } from "./richtext.js";
import { conversationId, newId } from "./store.js";

const WRITTEN_BY_RULE = new Set(["script", "fallback", "handover"]);

export class AnswerView {
  #rating = "";
  #asking = null;

  constructor(answer, onRated) {
    this.answer = answer;
    this.onRated = onRated;
    this.buttons = ["like", "dislike"].map((rating) => this.#button(rating));
    this.more = h("div", { class: "more" });
    this.element = h("div", { class: "answer", data: { reply: answer.reply_id, source: answer.source } },
      h("span", { class: "unseen" }, t("us")),
      h("div", { class: "bubble", lang: answer.language || null }, richText(answer.text), citations(answer.citations)),
      h("div", { class: "meta" }, origin(answer), h("span", { class: "rate" }, this.buttons)),
      this.more);
  }

  rate(rating) {
    this.#rating = rating;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.rating === rating));
  }

  #button(rating) {
    const label = t(`rate.${rating}`);
    const on = { click: () => this.#choose(rating) };
    return h("button", { type: "button", class: "rating", "aria-label": label, title: label, data: { rating }, on }, icon(rating));
  }

  async #choose(rating) {
    this.#asking = rating;
    if (await this.#post(rating, "", "")) this.#offer(rating);
  }

  /** The buttons show the new rating at once and fall back when the gateway does not take it. */
  async #post(rating, comment, correction) {
    const before = this.#rating;
    this.onRated(rating);
    try {
      const about = { conversation_id: conversationId(), reply_id: this.answer.reply_id };
      await post("/v1/feedback", { ...about, rating, comment, correction }, newId("f"));
      return this.#asking === rating;
    } catch (error) {
      this.onRated(before);
      this.#note("bad", `${t("rate.failed")} ${error.message}`);
      return false;
    }
  }

  #offer(rating) {
    this.more.replaceChildren(this.#form(rating));
    this.more.scrollIntoView({ block: "nearest" });
  }

  #form(rating) {
    const comment = field("comment", t(`rate.why.${rating}`));
    const correction = rating === "dislike" ? field("correction", t("rate.correction")) : null;
    const send = async (event) => {
      event.preventDefault();
      const [why, right] = [comment, correction].map((each) => each?.querySelector("textarea").value.trim() ?? "");
      if (!why && !right) this.#note("good", t("rate.thanks"));
      else if (await this.#post(rating, why, right)) this.#note("good", t("rate.thanks.more"));
    };
    return h("form", { class: "feedback", on: { submit: send } },
      h("p", { role: "status" }, t("rate.thanks")), comment, correction, h("button", { type: "submit" }, t("rate.send")));
  }

  #note(kind, text) {
    this.more.replaceChildren(h("p", { class: `note ${kind}`, role: "status" }, text));
  }
}

function field(name, label) {
  return h("label", {}, label, h("textarea", { name, rows: 2, maxlength: 2000 }));
}

function origin({ source, at }) {
  const words = named("source", source);
  return h("span", { class: "origin" }, WRITTEN_BY_RULE.has(source) ? t("source.automatic") : words, " · ", moment(at));
}

function citations(list) {
  if (!list.length) return null;
  return h("details", { class: "citations" },
    h("summary", {}, icon("book"), t("citations", { n: list.length }), icon("chevron")),
    h("ol", {}, list.map(citation)));
}

function citation({ article_id, title, score }) {
  return h("li", {}, h("span", { class: "title" }, title || article_id),
    h("span", { class: "about" }, `${article_id} · ${t("citation.match", { share: percent(Math.round(score * 100) / 100) })}`));
}
