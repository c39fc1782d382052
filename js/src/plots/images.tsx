// The pictures of the selected experiments beside each other, at a step: each shows its latest one until then.

import { useRef, useState } from "preact/hooks";
import type { Experiment, Image } from "../contract.ts";
import { formatCount } from "../format.ts";
import { hueOf } from "../palette.ts";
import type { Transport } from "../transport/transport.ts";
import type { View } from "../view.ts";
import { prefixOf } from "./charts.ts";
import { EnlargeButton } from "./enlarge.tsx";

interface Props {
  selected: readonly Experiment[];
  transport: Transport;
  view: View;
}

interface Reel {
  experiment: Experiment;
  /** By step, those without one first. */
  images: Image[];
}

export function ImageStrips({ selected, transport, view }: Props) {
  return (
    <>
      {[...reelsByPath(selected)].map(([path, reels]) => (
        <Strip key={path} path={path} reels={reels} transport={transport} view={view} />
      ))}
    </>
  );
}

interface StripProps {
  path: string;
  reels: Reel[];
  transport: Transport;
  view: View;
}

function Strip({ path, reels, transport, view }: StripProps) {
  // Null follows what is newest, as long as nobody has moved the slider away from its end.
  const [chosen, choose] = useState<number | null>(null);
  const box = useRef<HTMLElement>(null);
  const steps = stepsOf(reels);
  const last = steps.at(-1) ?? 0;
  const step = chosen === null ? last : Math.min(chosen, last);
  const at = steps.findLastIndex((other) => other <= step);
  const turn = (event: Event) => {
    const index = Number((event.currentTarget as HTMLInputElement).value);
    choose(index >= steps.length - 1 ? null : (steps[index] ?? null));
  };
  return (
    <section class="ls-card ls-images" ref={box} aria-label={path}>
      <header title={path}>
        <span class="ls-cut">
          <span class="ls-dim">{prefixOf(path)}</span>
          <b>{path.slice(prefixOf(path).length)}</b>
        </span>
        <span class="ls-dim ls-small">{steps.length > 1 ? "latest at or before the step" : "newest"}</span>
        <span class="ls-grow" />
        <span class="ls-tools">
          <EnlargeButton box={box} />
        </span>
      </header>
      <div class="ls-strip">
        {reels.map(({ experiment, images }) => (
          <Figure
            key={experiment.id}
            experiment={experiment}
            images={imagesUntil(images, step)}
            step={steps.length > 1 ? step : null}
            transport={transport}
            slot={view.selection.get(experiment.id) ?? 0}
          />
        ))}
      </div>
      {steps.length > 1 && (
        <label class="ls-slide">
          step
          <input
            type="range"
            min="0"
            max={steps.length - 1}
            step="1"
            value={Math.max(0, at)}
            aria-valuetext={`step ${formatCount(step)}`}
            onInput={turn}
          />
          <b>{formatCount(step)}</b>
          <span class="ls-dim">of {formatCount(last)}</span>
        </label>
      )}
    </section>
  );
}

interface FigureProps {
  experiment: Experiment;
  /** Until the slider's step; the last is wanted. */
  images: readonly Image[];
  /** The slider's; a caption says its own only where it differs. */
  step: number | null;
  transport: Transport;
  slot: number;
}

function Figure({ experiment, images, step, transport, slot }: FigureProps) {
  const { image, url } = shownOf(images, experiment.id, transport);
  return (
    <figure>
      {image && url ? (
        <img src={url} alt={`${image.path} of ${experiment.name}`} loading="lazy" decoding="async" />
      ) : (
        <div class="ls-no-image">{image ? notHere(transport, url === "") : "none yet"}</div>
      )}
      <figcaption>
        <i style={{ "--c": `var(--ls-c${hueOf(slot)})` }} />
        <span class="ls-cut" title={experiment.name}>
          {experiment.name}
        </span>
        <span class="ls-grow" />
        {image?.step != null && image.step !== step && <span class="ls-dim">{formatCount(image.step)}</span>}
      </figcaption>
    </figure>
  );
}

/** The last one, or while that is on its way the last of those that are here: its caption says of which step it is. */
export function shownOf(
  images: readonly Image[],
  experiment: string,
  transport: Pick<Transport, "imageUrl">,
): { image: Image | null; url: string | null } {
  const last = images.at(-1) ?? null;
  const url = last && transport.imageUrl(experiment, last.digest);
  if (url !== null) return { image: last, url };
  const here = images.findLast(({ digest }) => transport.imageUrl(experiment, digest, false));
  return here ? { image: here, url: transport.imageUrl(experiment, here.digest, false) } : { image: last, url };
}

function notHere({ connection }: Transport, never: boolean): string {
  if (never) return "too large to show here";
  return connection.kind === "snapshot" ? "not in this file" : "on its way";
}

/** Files called by numbers are the steps of one picture: `slide/0.png`, `slide/1.png`. */
const NUMBERED = /^(.*)\/(\d{1,9})\.(\w+)$/;

function placeOf(image: Image): { path: string; image: Image } {
  const parts = NUMBERED.exec(image.path);
  if (!parts) return { path: image.path, image };
  return { path: `${parts[1]}/*.${parts[3]}`, image: { ...image, step: Number(parts[2]) } };
}

export function reelsByPath(selected: readonly Experiment[]): Map<string, Reel[]> {
  const paths = new Map<string, Reel[]>();
  for (const experiment of selected) {
    for (const [path, images] of reelsOf(experiment)) {
      const reel = { experiment, images };
      const known = paths.get(path);
      if (known) known.push(reel);
      else paths.set(path, [reel]);
    }
  }
  return paths;
}

function reelsOf({ images }: Experiment): Map<string, Image[]> {
  const reels = new Map<string, Image[]>();
  for (const { path, image } of images.map(placeOf)) {
    const reel = reels.get(path);
    if (reel) reel.push(image);
    else reels.set(path, [image]);
  }
  for (const reel of reels.values()) reel.sort((a, b) => (a.step ?? -1) - (b.step ?? -1));
  return reels;
}

export const stepsOf = (reels: readonly Reel[]): number[] =>
  [...new Set(reels.flatMap(({ images }) => images.map(({ step }) => step ?? 0)))].sort((a, b) => a - b);

export const imagesUntil = (images: readonly Image[], step: number): Image[] =>
  images.filter((image) => (image.step ?? 0) <= step);
