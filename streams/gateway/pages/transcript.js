// A conversation as a fold: step(turns, event) gives the new turns. Pure, so that frames may come twice or out of order.
//
// turn:   {id, text, at, state: "sending" | "sent" | "failed", problem, asked_at, settled, draft, answers}
// draft:  {reply_id, pieces: [text by index]} while the model writes; answers: final, unique by reply_id.

const ANSWER = ["reply_id", "text", "source", "language", "citations", "at", "feedback"];

export function step(turns, event) {
  return (STEPS[event.kind] ?? ((same) => same))(turns, event);
}

const STEPS = {
  asked: (turns, { id, text, at }) => [...turns, turn(id, { text, at, state: "sending" })],
  retried: (turns, { id }) => change(turns, id, { state: "sending", problem: "" }),
  failed: (turns, { id, problem }) => changeIf(turns, id, (found) => found.state === "sending", { state: "failed", problem }),
  rated: (turns, { reply_id, rating }) => turns.map((each) => rated(each, reply_id, rating)),
  history: (turns, { turns: known }) => merge(turns, known),
  accepted: (turns, { message_id }) => change(turns, message_id, { state: "sent", problem: "" }),
  chunk: (turns, frame) => update(turns, frame.in_reply_to, (found) => drafted(found, frame)),
  reply: (turns, frame) => settle(answer(turns, frame), frame.in_reply_to_all ?? []),
};

/** Turns whose message the gateway has not taken yet: they are sent again, under the same id, on every connection. */
export const unaccepted = (turns) => turns.filter((each) => each.state === "sending");

/** Turns that were taken and have no answer yet. */
export const awaiting = (turns) => turns.filter((each) => each.state === "sent" && !each.settled && !each.answers.length);

/** What the model wrote so far, up to the first piece that is missing. */
export function draftText(draft) {
  const gap = draft.pieces.findIndex((piece) => piece === null || piece === undefined);
  return draft.pieces.slice(0, gap < 0 ? undefined : gap).join("");
}

function turn(id, fields) {
  return { id, text: "", at: 0, state: "sent", problem: "", asked_at: "", settled: false, draft: null, answers: [], ...fields };
}

function changeIf(turns, id, test, fields) {
  return turns.map((each) => (each.id === id && test(each) ? { ...each, ...fields } : each));
}

const change = (turns, id, fields) => changeIf(turns, id, () => true, fields);

/** Change the turn `id`, which is made when an answer comes to a question that this page does not know. */
function update(turns, id, changed) {
  const known = turns.some((each) => each.id === id);
  return (known ? turns : [...turns, turn(id, {})]).map((each) => (each.id === id ? changed(each) : each));
}

function drafted(found, { reply_id, index, text }) {
  if (found.answers.some((each) => each.reply_id === reply_id)) return found;
  const pieces = continues(found.draft, reply_id, index, text) ? [...found.draft.pieces] : [];
  pieces[index] ??= text;
  return { ...found, state: "sent", draft: { reply_id, pieces: Array.from(pieces, (piece) => piece ?? null) } };
}

/** A first piece that differs means that another server began the answer anew. */
function continues(draft, reply_id, index, text) {
  if (draft?.reply_id !== reply_id) return false;
  return index !== 0 || (draft.pieces[0] ?? text) === text;
}

function answer(turns, frame) {
  if (turns.some((each) => each.answers.some((old) => old.reply_id === frame.reply_id))) return turns;
  const final = Object.fromEntries(ANSWER.map((name) => [name, frame[name] ?? ""]));
  return update(turns, frame.in_reply_to || frame.reply_id, (found) => ({
    ...found, state: "sent", problem: "", draft: null, answers: [...found.answers, { ...final, citations: frame.citations ?? [] }],
  }));
}

const settle = (turns, ids) => turns.map((each) => (ids.includes(each.id) ? { ...each, state: "sent", settled: true } : each));

function rated(each, reply_id, feedback) {
  const answers = each.answers.map((old) => (old.reply_id === reply_id ? { ...old, feedback } : old));
  return answers.some((now, at) => now.feedback !== each.answers[at].feedback) ? { ...each, answers } : each;
}

/** What the gateway logged comes first, in its order; what only this page knows follows. Texts typed here are kept. */
function merge(turns, known) {
  const logged = known.map((row) => recorded(turns.find((each) => each.id === row.message_id), row));
  const answered = new Map(logged.map((each) => [each.id, each]));
  const before = turns.filter((each) => each.asked_at && !answered.has(each.id));
  const after = turns.filter((each) => !each.asked_at && !answered.has(each.id));
  return [...before, ...logged, ...after];
}

function recorded(mine, row) {
  const base = mine ?? turn(row.message_id, { text: row.question, at: Date.parse(row.asked_at) });
  if (mine?.asked_at && mine.answers.length) return mine;
  const from = { ...row, text: row.answer, at: Date.parse(row.answered_at), in_reply_to: row.message_id };
  const [now] = row.reply_id ? answer([base], from) : [base];
  return { ...now, text: base.text || row.question, state: "sent", problem: "", asked_at: row.asked_at };
}
