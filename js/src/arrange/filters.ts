// Whether a value passes a filter.

import type { Value } from "../contract.ts";
import { formatParam, toNumber } from "../format.ts";
import type { Filter, Test } from "./arrangement.ts";
import { difference, STARTED } from "./values.ts";

/** A filter that says nothing yet lets everything through. */
export function isSaid({ test, text, column }: Filter): boolean {
  if (test === "is there" || test === "is missing") return true;
  if (text.trim() === "") return false;
  return !isOrder(test) || !Number.isNaN(bound(column, text));
}

const isOrder = (test: Test): boolean => ["<", "≤", ">", "≥"].includes(test);

/** The number that a text stands for: a time where times are compared. */
function bound(column: string, text: string): number {
  return column === STARTED ? Date.parse(text.trim()) : numberOf(text);
}

/** As people write numbers here: `1e-3`, `−0.5`, `5,000`. */
export function numberOf(text: string): number {
  const written = text
    .trim()
    .replace("−", "-")
    .replace(/,(?=\d{3}\b)/g, "");
  return written === "" ? Number.NaN : Number(written);
}

export function passes(filter: Filter, value: Value | undefined, base: Value | undefined): boolean {
  const { test, text, column } = filter;
  if (!isSaid(filter)) return true;
  const missing = value === undefined || value === null;
  if (test === "is missing") return missing;
  if (missing) return test === "≠";
  if (test === "is there") return true;
  if (test === "contains") return formatParam(value).toLowerCase().includes(text.trim().toLowerCase());
  const number = filter.difference ? difference(value, base) : timeOrNumber(column, value);
  if (test === "=" || test === "≠") return isSame(number, value, text, column) === (test === "=");
  return number !== null && ordered(number, test, bound(column, text));
}

const timeOrNumber = (column: string, value: Value): number | null =>
  column === STARTED && typeof value === "string" ? Date.parse(value) : toNumber(value);

function isSame(number: number | null, value: Value, text: string, column: string): boolean {
  const wanted = bound(column, text);
  if (number !== null && !Number.isNaN(wanted)) return number === wanted;
  return formatParam(value).toLowerCase() === text.trim().toLowerCase();
}

function ordered(number: number, test: Test, limit: number): boolean {
  if (test === "<") return number < limit;
  if (test === "≤") return number <= limit;
  return test === ">" ? number > limit : number >= limit;
}
