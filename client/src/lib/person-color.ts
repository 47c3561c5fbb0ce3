/** A person's colour: the same name has the same colour, on every screen and every day. */
const HUES = 24;

export interface PersonColor {
  /** Readable as a background under `ink`. */
  readonly fill: string;
  readonly ink: string;
  /** A faint wash for rows and cells. */
  readonly wash: string;
}

export function personColor(name: string): PersonColor {
  const hue = (hash(name) % HUES) * (360 / HUES);
  return {
    fill: `oklch(0.78 0.12 ${hue})`,
    ink: "#10151c",
    wash: `oklch(0.78 0.12 ${hue} / 0.14)`,
  };
}

/** FNV-1a: short, and spreads names that differ in one letter. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (value ^ (value >>> 15)) >>> 0;
}

export function initials(name: string): string {
  const parts = name.split(/[\s._-]+/).filter(Boolean);
  const letters =
    parts.length > 1 ? [parts[0], parts.at(-1)].map((part) => [...(part ?? "")][0]) : [...name].slice(0, 2);
  return letters.join("").toUpperCase();
}
