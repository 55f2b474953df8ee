// The gateway's HTTP interface; a failure is an Error whose message says what is wrong, for the person to read.

import { t } from "./i18n.js";

const PATIENCE_MS = 15_000;

export class Problem extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

async function request(path, options) {
  try {
    return await fetch(path, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    throw new Problem(t(error.name === "TimeoutError" ? "error.slow" : "error.unreachable"));
  }
}

/** The words of an application/problem+json body, else the status. */
async function problem(response) {
  const body = await response.json().catch(() => ({}));
  const words = [body.title, typeof body.detail === "string" ? body.detail : ""].filter(Boolean).join(": ");
  return new Problem(words || t("error.status", { status: response.status }), response.status);
}

async function json(path, options) {
  const response = await request(path, options);
  if (!response.ok) throw await problem(response);
  const body = await response.text();
  return body ? JSON.parse(body) : null;
}

export const get = (path) => json(path, { headers: { Accept: "application/json" } });

/** `key` makes a repeat harmless: the gateway does the same thing once per Idempotency-Key. */
export function post(path, body, key) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  return json(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** The turns of a conversation; none when the gateway knows nothing of it yet. */
export async function turnsOf(conversation) {
  try {
    return (await get(`/v1/conversations/${encodeURIComponent(conversation)}`)).turns;
  } catch (error) {
    if (error.status === 404) return [];
    throw error;
  }
}
