/** Makes identifiers. `crypto.randomUUID` exists on secure origins only; a server on the local network is none. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
