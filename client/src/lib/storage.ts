/** The browser's storage, which may be full, forbidden or edited by hand: then we go on without it. */
export function readStored(storage: Storage, name: string): unknown {
  try {
    const text = storage.getItem(name);
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

export function writeStored(storage: Storage, name: string, value: unknown): void {
  try {
    if (value === null) storage.removeItem(name);
    else storage.setItem(name, JSON.stringify(value));
  } catch {
    // Nothing is lost: what is stored is a copy of what the memory holds.
  }
}
