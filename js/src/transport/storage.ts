// The store over HTTP: what may go, and a project's file both ways.

import type { Arrival, Limits, RetentionPlan } from "../storage/contract.ts";
import type { Requests } from "./requests.ts";
import type { StorageDesk } from "./transport.ts";

const KIND = "application/vnd.live-studio.project";

export class Storage implements StorageDesk {
  constructor(private readonly requests: Requests) {}

  plan({ also, ...limits }: Limits): Promise<RetentionPlan> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(limits)) if (value) query.set(name, value);
    for (const one of also) query.append("also", one);
    return this.requests.json(`api/retention?${query}`);
  }

  async emptyTrash(): Promise<number> {
    return (await this.requests.json<{ gone: number }>("api/trash", "DELETE")).gone;
  }

  async export(project: string): Promise<Blob> {
    return (await this.requests.ask(`api/projects/${encodeURIComponent(project)}/export`, KIND, {})).blob();
  }

  async import(file: Blob): Promise<Arrival> {
    const init = { method: "POST", body: file, headers: { "Content-Type": KIND } };
    return (await this.requests.ask("api/import", "json", init)).json();
  }
}
