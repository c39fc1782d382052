// What of a stranger's figure may be drawn: data, colours and words, each by its own rule. Whatever no rule names is
// left out, so nothing that Plotly may learn one day is let in before somebody has looked at it.

import { plotText } from "../plots/text.ts";

/** The value as it may be drawn, or undefined where it may not. */
export type Rule = (value: unknown) => unknown;

const CELLS_MOST = 1_000_000;
const TEXT_MOST = 500;

export const number: Rule = (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
export const flag: Rule = (value) => (typeof value === "boolean" ? value : undefined);
export const text: Rule = (value) =>
  typeof value === "string" || typeof value === "number" ? plotText(String(value).slice(0, TEXT_MOST)) : undefined;

export const oneOf =
  (...words: string[]): Rule =>
  (value) =>
    words.includes(value as string) ? value : undefined;

export const like =
  (pattern: RegExp): Rule =>
  (value) =>
    typeof value === "string" && pattern.test(value) ? value : undefined;

/** By its name or its numbers: an address in it would be fetched. */
export const colour = like(/^(#[0-9a-f]{3,8}|(rgb|hsl)a?\([\d.,%\s]{1,60}\)|[a-z]{3,24})$/i);

export const listOf =
  (rule: Rule, most = CELLS_MOST): Rule =>
  (value) =>
    Array.isArray(value) ? value.slice(0, most).map((item) => rule(item) ?? null) : undefined;

/** The items that the rule takes; a list of numbers keeps its gaps, one of things has none. */
export const eachOf =
  (rule: Rule, most: number): Rule =>
  (value) =>
    Array.isArray(value)
      ? value
          .slice(0, most)
          .map(rule)
          .filter((item) => item !== undefined)
      : undefined;

/** Numbers, and words as text. */
const cell: Rule = (value) => number(value) ?? (typeof value === "boolean" ? String(value) : text(value));
export const cells = listOf(cell);
export const grid = listOf(cells, 5000);

export const either =
  (...rules: Rule[]): Rule =>
  (value) => {
    for (const rule of rules) {
      const found = rule(value);
      if (found !== undefined) return found;
    }
    return undefined;
  };

export const shape =
  (rules: Readonly<Record<string, Rule>>): Rule =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const said = value as Record<string, unknown>;
    const kept = Object.entries(rules).map(([key, rule]) => [
      key,
      Object.hasOwn(said, key) ? rule(said[key]) : undefined,
    ]);
    return Object.fromEntries(kept.filter(([, found]) => found !== undefined));
  };
