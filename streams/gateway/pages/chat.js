// The chat page: the conversation's state, its connection, and who tells whom.

import { turnsOf } from "./api.js";
import { ChatView } from "./chat_view.js";
import { bindComposer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId } from "./dom.js";
import { language, onLanguage, switchLanguage, t, translatePage } from "./i18n.js";
import { conversationId, forgetConversation, newId, storedTurns, storeTurns, userId } from "./store.js";
import { awaiting, step, unaccepted } from "./transcript.js";

const ACCEPT_MS = 15_000;
const LOOK_AGAIN_MS = 10_000;

class Chat {
  constructor(view) {
    this.view = view;
    this.begin();
    setInterval(() => this.watch(), 1000);
  }

  begin() {
    this.conversation = conversationId();
    this.turns = storedTurns(this.conversation);
    this.sentAt = new Map();
    this.models = null;
    this.looked = 0;
    const address = `${location.origin.replace(/^http/, "ws")}/v1/ws?conversation_id=${encodeURIComponent(this.conversation)}`;
    this.connection = new Connection(address, { onFrame: (frame) => this.received(frame), onState: (state) => this.changed(state) });
    this.show();
  }

  startOver() {
    this.connection.close();
    forgetConversation();
    this.begin();
  }

  apply(event) {
    this.turns = step(this.turns, event);
    if (event.kind !== "chunk") storeTurns(this.conversation, this.turns);
    this.show();
  }

  show() {
    this.view.show(this.turns, { state: this.state, models: this.models });
  }

  ask(text) {
    const id = newId("m");
    this.apply({ kind: "asked", id, text, at: Date.now() });
    this.send(id, text);
  }

  retry(id) {
    this.apply({ kind: "retried", id });
    this.connection.now();
    this.send(id, this.turns.find((turn) => turn.id === id).text);
  }

  send(message_id, text) {
    if (!this.connection.isOpen) return;
    this.sentAt.set(message_id, Date.now());
    this.connection.send({ text, message_id, channel: "web", user_id: userId(), locale: language() === "zh" ? "zh-CN" : "en" });
  }

  changed(state) {
    this.state = state;
    if (state === "open") this.opened();
    this.show();
  }

  opened() {
    for (const turn of unaccepted(this.turns)) this.send(turn.id, turn.text);
    if (this.turns.length) this.look();
  }

  received({ type, ...frame }) {
    if (type === "status") this.models = { status: frame.models, reason: frame.reason };
    if (type === "status") this.show();
    else if (type === "error") this.refused(frame);
    else this.apply({ kind: type, ...frame, at: Date.now() });
  }

  /** An error frame without a message id is about the oldest message that was sent and not taken. */
  refused({ message_id, problem }) {
    const id = message_id || unaccepted(this.turns).find((turn) => this.sentAt.has(turn.id))?.id;
    const words = [problem?.title, problem?.detail].filter(Boolean).join(": ");
    if (id) this.apply({ kind: "failed", id, problem: words });
    else this.view.say(words);
  }

  /** Ask the log for what a lost connection may have swallowed. */
  async look() {
    this.looked = Date.now();
    const conversation = this.conversation;
    try {
      const turns = await turnsOf(conversation);
      if (conversation === this.conversation && turns.length) this.apply({ kind: "history", turns });
    } catch (error) {
      console.warn(`history: ${error.message}`);
    }
  }

  watch() {
    const now = Date.now();
    const late = (turn) => this.connection.isOpen && now - (this.sentAt.get(turn.id) ?? now) > ACCEPT_MS;
    for (const { id } of unaccepted(this.turns).filter(late)) this.apply({ kind: "failed", id, problem: t("failed.late") });
    if (this.connection.isOpen && awaiting(this.turns).length && now - this.looked > LOOK_AGAIN_MS) this.look();
  }
}

translatePage();
const view = new ChatView();
const chat = new Chat(view);
view.onRetry = (id) => chat.retry(id);
view.onRated = (reply_id, rating) => chat.apply({ kind: "rated", reply_id, rating });
const composer = bindComposer((text) => chat.ask(text));
view.onSuggestion = composer.submit;
byId("fresh").addEventListener("click", () => (chat.startOver(), composer.focus()));
byId("language").addEventListener("click", switchLanguage);
onLanguage(() => (view.reset(), chat.show()));
