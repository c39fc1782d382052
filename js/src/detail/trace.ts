// A traceback as Python writes it, read for the one place that a person wants to see first.

export interface Frame {
  file: string;
  line: number;
  name: string;
  code: string;
}

const FRAME = /^ {2}File "([^"]*)", line (\d+)(?:, in (.*))?$/;

/** The frames of the exception that was raised last, the outermost first. */
export function framesOf(traceback: string): Frame[] {
  const [last = ""] = traceback.split("Traceback (most recent call last):\n").slice(-1);
  const lines = last.split("\n");
  return lines.flatMap((text, at) => {
    const [, file, line, name = ""] = FRAME.exec(text) ?? [];
    if (file === undefined) return [];
    const next = lines[at + 1] ?? "";
    return [{ file, line: Number(line), name, code: next.startsWith("    ") ? next.trim() : "" }];
  });
}

/** IPython names the file of a cell by a number. */
const isCell = ({ file }: Frame): boolean => /^\d+\.py$/.test(file);

/** The line of the notebook's cell, or else the one that raised. */
export function placeOf(frames: readonly Frame[], cell: number | null): Frame | undefined {
  return (cell === null ? undefined : frames.findLast(isCell)) ?? frames.at(-1);
}

export function whereOf(frame: Frame, cell: number | null): string {
  if (cell !== null && isCell(frame)) return `In [${cell}], line ${frame.line}`;
  const inside = frame.name && frame.name !== "<module>" ? `, in ${frame.name}` : "";
  return `${frame.file}, line ${frame.line}${inside}`;
}
