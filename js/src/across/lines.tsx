// Many experiments in few elements: those of one shade are one path, so that a thousand are drawn as quickly as ten.

import { hueOf, type Selection } from "../palette.ts";

interface Props {
  /** The path of each experiment. */
  paths: readonly string[];
  ids: readonly string[];
  /** Of each experiment, or null without a colour scale. */
  shades: readonly (number | null)[] | null;
  selection: Selection;
  /** The experiment somebody points at. */
  front: number;
  kind: "line" | "dot";
}

export function Paths({ paths, ids, shades, selection, front, kind }: Props) {
  const shapes = new Map<string, Shape>();
  ids.forEach((id, at) => {
    const slot = selection.get(id);
    const on = slot !== undefined;
    const shade = shades && shadeClass(shades[at] ?? null);
    const hue = on && !shades ? hueOf(slot) : null;
    const key = `${on} ${shade ?? hue}`;
    const shape = shapes.get(key) ?? { on, shade: shade ?? "", hue, parts: [] };
    shapes.set(key, shape);
    shape.parts.push(paths[at] ?? "");
  });
  const above = [...shapes].sort(([, a], [, b]) => Number(a.on) - Number(b.on));
  return (
    <g class={`ls-across-${kind}s`}>
      {above.map(([key, { on, shade, hue, parts }]) => (
        <path
          key={key}
          class={`ls-across-${kind} ${on ? "ls-on" : ""} ${shade}`}
          style={hue === null ? undefined : { "--c": `var(--ls-c${hue})` }}
          d={parts.join("")}
        />
      ))}
      {front >= 0 && <path class={`ls-across-${kind} ls-front`} d={paths[front]} />}
    </g>
  );
}

/** Experiments that look the same. */
interface Shape {
  on: boolean;
  shade: string;
  hue: number | null;
  parts: string[];
}

const shadeClass = (shade: number | null): string => (shade === null ? "ls-shade-none" : `ls-shade-${shade}`);
