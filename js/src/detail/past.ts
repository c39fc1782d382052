// A transport that looks back: charts drawn with it show an earlier start of one experiment.

import type { Experiment } from "../contract.ts";
import type { Transport } from "../transport/transport.ts";

export function lookingBack(transport: Transport, past: Experiment): Transport {
  const experiments = new Map([[past.id, past]]);
  return {
    get state() {
      return { ...transport.state, experiments };
    },
    get connection() {
      return transport.connection;
    },
    actions: null,
    runs: null,
    tokens: null,
    storage: null,
    now: () => transport.now(),
    subscribe: (listener) => transport.subscribe(listener),
    series: (request) => transport.series({ ...request, generation: past.generation }),
    details: (request) => transport.details(request),
    plot: (experiment, digest) => transport.plot(experiment, digest),
    imageUrl: (...picture) => transport.imageUrl(...picture),
    load: (file) => transport.load(file),
    retry: () => transport.retry(),
  };
}
