/** Whether keys are text where they go: then they are no shortcuts. */
const BUTTONS = new Set([
  "button",
  "checkbox",
  "color",
  "file",
  "image",
  "radio",
  "range",
  "reset",
  "submit",
]);

export function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement) return !target.readOnly;
  if (target instanceof HTMLInputElement) return !target.readOnly && !BUTTONS.has(target.type);
  return target instanceof HTMLElement && target.isContentEditable;
}
