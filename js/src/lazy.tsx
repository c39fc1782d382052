// A part of the dashboard that few look at: its module is loaded when somebody first does, and handed what is new.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Transport } from "./transport/transport.ts";

/** It brings its own Preact, so it is handed an element and not a tree. */
export interface Module<Props> {
  draw(el: HTMLElement, props: Props): void;
  clear(el: HTMLElement): void;
}

const loading = new Map<string, Promise<unknown>>();

/** Once per page; a failed try may be repeated. */
function load<Props>(transport: Transport, file: string): Promise<Module<Props>> {
  const known = loading.get(file) ?? transport.load(file);
  loading.set(file, known);
  known.catch(() => loading.delete(file));
  return known as Promise<Module<Props>>;
}

interface LazyProps<Props> {
  /** Its built name. */
  file: string;
  transport: Transport;
  props: Props;
}

export function Lazy<Props>({ file, transport, props }: LazyProps<Props>) {
  const ref = useRef<HTMLDivElement>(null);
  const [module, setModule] = useState<Module<Props> | null>(null);
  const [problem, fail] = useState(false);
  useEffect(() => {
    let here = true;
    load<Props>(transport, file).then(
      (loaded) => here && setModule(loaded),
      () => here && fail(true),
    );
    return () => {
      here = false;
    };
  }, [transport, file]);
  useEffect(() => {
    if (ref.current) module?.draw(ref.current, props);
  });
  useEffect(() => {
    const el = ref.current;
    return () => {
      if (el) module?.clear(el);
    };
  }, [module]);
  return (
    <>
      {problem && <p class="ls-hint">This part could not be loaded. Reload the page.</p>}
      <div ref={ref} class="ls-lazy" />
    </>
  );
}
