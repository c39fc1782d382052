// What all traces of a chart have in common.

import { hueOf } from "../palette.ts";
import type { Palette } from "../theme.ts";
import type { Line } from "./lines.ts";

export const BASE = { type: "scatter", hoverinfo: "skip", cliponaxis: true };

/** A trace's uid becomes a class on its lines; the slot in it lets the page bring one experiment to the front. */
export const uidOf = (line: Line, index: number, part: string): string => `ls-${line.slot}-${index}-${part}`;

export const colourOf = ({ slot }: Line, palette: Palette): string => palette.hues[hueOf(slot) - 1] ?? palette.text;

/** What the uids of the ends of lines begin with. Their `meta` holds the slot of each point. */
export const ENDS = "ls-ends";
