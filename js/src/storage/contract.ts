// What the server says of its store, `docs/http.md` in types.

import type { Status } from "../contract.ts";

/** An experiment, and the room that all of its starts take. */
export interface Held {
  id: string;
  name: string;
  repo_url: string;
  status: Status;
  updated_at: string;
  bytes: number;
}

/** What is to be kept, as a person writes it: `90`, `20`, `5GB`. */
export interface Limits {
  older: string;
  keep: string;
  max_size: string;
  /** The address of a repository, or empty: of all. */
  project: string;
  also: readonly Spared[];
}

export type Spared = "running" | "pushed";

/** What would go by some limits, the oldest first, and what stays although they name it. */
export interface RetentionPlan {
  bytes: number;
  experiments: number;
  going: Held[];
  going_bytes: number;
  /** More would go than are named. */
  more: boolean;
  staying: (Held & { why: Spared })[];
  /** How many stay, of whatever number are named. */
  spared: Record<Spared, number>;
  trash: { experiments: number; bytes: number };
  file: { path: string; bytes: number; free: number | null };
}

/** What a project's file brought. */
export interface Arrival {
  taken: number;
  names: string[];
  there: number;
  in_trash: number;
  projects: { id: string; name: string }[];
}
