// What every part of one dashboard is handed.

import type { Acts } from "./acts.ts";
import type { Front } from "./front.ts";
import type { Gone } from "./gone.ts";
import type { Kernel } from "./kernel.ts";
import type { Model } from "./model.ts";
import type { Transport } from "./transport/transport.ts";

export interface Shared {
  transport: Transport;
  model: Model;
  acts: Acts;
  front: Front;
  /** Milliseconds since the epoch, by the server's clock. */
  now: number;
  page: boolean;
  /** Of the notebook this stands in; null elsewhere. */
  kernel: Kernel | null;
  /** Runs whose process died while somebody looked, until that is put away. */
  gone: Gone | null;
}
