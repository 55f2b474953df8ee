// A WebSocket that comes back: capped back-off with jitter, at once when the browser is online again.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Wait before the attempt after `failures` failures, in ms; `chance` in [0, 1) spreads clients apart. */
export function backOff(failures, chance) {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1)) * (0.5 + chance / 2);
}

/** `onFrame` gets every parsed frame, `onState` one of connecting, open, waiting. */
export class Connection {
  #socket = null;
  #failures = 0;
  #timer = 0;
  #closed = false;

  constructor(address, { onFrame, onState }) {
    this.address = address;
    this.onFrame = onFrame;
    this.onState = onState;
    this.#open();
    addEventListener("online", this.now);
    addEventListener("offline", this.recycle);
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(frame) {
    if (this.isOpen) this.#socket.send(JSON.stringify(frame));
  }

  /** Try again now instead of at the end of the wait. */
  now = () => {
    if (!this.#closed && !this.#socket) this.#open();
  };

  /** Leave a socket that may be dead; `close` would wait for the other side. */
  recycle = () => {
    if (this.#socket) this.#lost(this.#socket);
  };

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.now);
    removeEventListener("offline", this.recycle);
    this.recycle();
  }

  #open() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    this.onState("connecting");
    socket.onopen = () => this.#opened(socket);
    socket.onclose = () => this.#lost(socket);
    socket.onmessage = ({ data }) => socket === this.#socket && this.onFrame(JSON.parse(data));
  }

  #opened(socket) {
    if (socket !== this.#socket) return;
    this.#failures = 0;
    this.onState("open");
  }

  #lost(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    socket.close();
    if (this.#closed) return;
    this.#failures += 1;
    this.#timer = setTimeout(this.now, backOff(this.#failures, Math.random()));
    this.onState("waiting");
  }
}
