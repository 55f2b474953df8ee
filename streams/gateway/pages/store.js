// What the browser remembers: who is asking, which conversation it is, and what was said in it so far.

import { read, remove, write } from "./storage.js";

const CONVERSATION = "kefu.conversation";
const USER = "kefu.user";
const TURNS_KEPT = 100;
const transcriptKey = (conversation) => `kefu.transcript.${conversation}`;

/** A random id of 128 bits; crypto.randomUUID would need https. */
export function newId(prefix) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `${prefix}-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function remembered(key, prefix) {
  const value = read(key) ?? newId(prefix);
  write(key, value);
  return value;
}

export const userId = () => remembered(USER, "visitor");
export const conversationId = () => remembered(CONVERSATION, "web");

export function forgetConversation() {
  remove(transcriptKey(conversationId()));
  remove(CONVERSATION);
}

/** The turns as they stood at the last change; none when nothing readable is stored. */
export function storedTurns(conversation) {
  try {
    return JSON.parse(read(transcriptKey(conversation))) ?? [];
  } catch {
    return [];
  }
}

export function storeTurns(conversation, turns) {
  write(transcriptKey(conversation), JSON.stringify(turns.slice(-TURNS_KEPT)));
}
