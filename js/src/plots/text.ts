// Text somebody logged, on its way into Plotly.

const ESCAPES = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
]);

/** Plotly reads its texts as a small HTML and, after a leading `$`, as formulas. This makes them text again. */
export function plotText(text: string): string {
  const escaped = text.replace(/[&<>]/g, (character) => ESCAPES.get(character) ?? character);
  // A zero-width space: not seen, and the dollar is no longer the first character.
  return escaped.startsWith("$") ? `​${escaped}` : escaped;
}
