// What is known of one experiment beyond its row: asked for when it is opened, and again when it starts or ends.

import { useEffect, useState } from "preact/hooks";
import type { Details, DetailsRequest } from "../contract.ts";
import type { Transport } from "../transport/transport.ts";

export interface Asked {
  details: Details | null;
  /** Why there is nothing, in a sentence; null while it may still come. */
  problem: string | null;
}

const NOTHING: Asked = { details: null, problem: null };

/** `moment` is whatever makes an answer old. */
export function useDetails(transport: Transport, request: DetailsRequest | null, moment: string): Asked {
  const [asked, set] = useState<Asked & { key: string }>({ ...NOTHING, key: "" });
  const key = JSON.stringify([request?.experiment, request?.generation, request?.whole]);
  const { kind } = transport.connection;
  useEffect(() => {
    if (!request) return;
    let here = true;
    const tell = (told: Asked) => here && set({ ...told, key });
    transport.details(request).then(
      (details) => tell({ details, problem: null }),
      (error) => tell({ details: null, problem: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      here = false;
    };
  }, [transport, key, moment, kind]);
  // What was asked before says nothing of another experiment.
  return asked.key === key ? asked : NOTHING;
}
