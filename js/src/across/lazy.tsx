// Loads the pane of parameters when somebody first looks at it, and hands it what is new.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Transport } from "../transport/transport.ts";
import type { AcrossProps } from "./pane.tsx";

interface Module {
  draw(el: HTMLElement, props: AcrossProps): void;
  clear(el: HTMLElement): void;
}

let loading: Promise<Module> | null = null;

/** Once per page; a failed try may be repeated. */
function load(transport: Transport): Promise<Module> {
  loading ??= (transport.load(ACROSS) as Promise<Module>).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

export function LazyAcross({ transport, ...props }: AcrossProps & { transport: Transport }) {
  const ref = useRef<HTMLDivElement>(null);
  const [module, setModule] = useState<Module | null>(null);
  const [problem, fail] = useState(false);
  useEffect(() => {
    let here = true;
    load(transport).then(
      (loaded) => here && setModule(loaded),
      () => here && fail(true),
    );
    return () => {
      here = false;
    };
  }, [transport]);
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
      <div ref={ref} />
    </>
  );
}
