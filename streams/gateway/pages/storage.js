// The browser's storage, or this page's memory where storage is full or forbidden.

const memory = new Map();

export function read(key) {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

export function write(key, value) {
  memory.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch (error) {
    console.warn(`not kept beyond this page: ${error.message}`);
  }
}

export function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch (error) {
    console.warn(`not removed: ${error.message}`);
  }
}
