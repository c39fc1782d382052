// The newest image of every path, of the selected experiments, beside each other.

import type { Experiment, Image } from "../contract.ts";
import { formatCount } from "../format.ts";
import { hueOf } from "../palette.ts";
import type { Transport } from "../transport/transport.ts";
import type { View } from "../view.ts";
import { prefixOf } from "./charts.ts";

interface Props {
  selected: readonly Experiment[];
  transport: Transport;
  view: View;
}

interface Shot {
  experiment: Experiment;
  image: Image;
}

export function ImageStrips({ selected, transport, view }: Props) {
  return (
    <>
      {[...newestByPath(selected)].map(([path, shots]) => (
        <section key={path} class="ls-card ls-images" aria-label={path}>
          <header title={path}>
            <span class="ls-cut">
              <span class="ls-dim">{prefixOf(path)}</span>
              <b>{path.slice(prefixOf(path).length)}</b>
            </span>
            <span class="ls-dim ls-small">newest</span>
          </header>
          <div class="ls-strip">
            {shots.map((shot) => (
              <Figure
                key={shot.experiment.id}
                shot={shot}
                transport={transport}
                slot={view.selection.get(shot.experiment.id) ?? 0}
              />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

function Figure({ shot: { experiment, image }, transport, slot }: { shot: Shot; transport: Transport; slot: number }) {
  const url = transport.imageUrl(experiment.id, image.digest);
  if (url === null) return null;
  return (
    <figure>
      <img src={url} alt={`${image.path} of ${experiment.name}`} loading="lazy" decoding="async" />
      <figcaption>
        <i style={{ "--c": `var(--ls-c${hueOf(slot)})` }} />
        <span class="ls-cut">{experiment.name}</span>
        <span class="ls-grow" />
        {image.step !== null && <span class="ls-dim">{formatCount(image.step)}</span>}
      </figcaption>
    </figure>
  );
}

export function newestByPath(selected: readonly Experiment[]): Map<string, Shot[]> {
  const paths = new Map<string, Shot[]>();
  for (const experiment of selected) {
    for (const image of newestImages(experiment).values()) {
      const shots = paths.get(image.path);
      if (shots) shots.push({ experiment, image });
      else paths.set(image.path, [{ experiment, image }]);
    }
  }
  return paths;
}

function newestImages({ images }: Experiment): Map<string, Image> {
  const newest = new Map<string, Image>();
  for (const image of images) {
    const before = newest.get(image.path);
    if (!before || (image.step ?? 0) >= (before.step ?? 0)) newest.set(image.path, image);
  }
  return newest;
}
