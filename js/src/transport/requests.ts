// The plain requests of the server: one method per route, each returns the answer or throws a sentence.

import type { Changes, Details, DetailsRequest, SeriesAnswer, SeriesRequest } from "../contract.ts";
import type { Actions, Deleted, ProjectChange } from "./transport.ts";

/** The session has ended; only the page's own login can help. */
export class SignInNeeded extends Error {
  override name = "SignInNeeded";
}

export class Requests implements Actions {
  constructor(private readonly base: string) {}

  changes(since: number): Promise<Changes> {
    return this.json<Changes>(`api/changes?since=${since}`);
  }

  series({ metric, experiments, points, ...asked }: SeriesRequest): Promise<SeriesAnswer> {
    const query = new URLSearchParams({ metric, points: String(points), x: asked.x });
    for (const experiment of experiments) query.append("experiment", experiment);
    if (asked.x === "time") query.set("time", "1");
    if (asked.zoom) asked.zoom.forEach((value, end) => void query.set(`x${end}`, String(value)));
    if (asked.smooth > 0) {
      query.set("smooth", String(asked.smooth));
      query.set("smoothing", asked.smoothing);
    }
    if (asked.log) query.set("log", "1");
    if (asked.generation !== undefined) query.set("generation", String(asked.generation));
    for (const group of asked.groups ?? []) query.append("group", group.join(","));
    if (asked.groups?.length && asked.band) query.set("band", asked.band);
    if (asked.since > 0) query.set("since", String(asked.since));
    return this.json<SeriesAnswer>(`api/series?${query}`);
  }

  details({ experiment, generation, whole }: DetailsRequest): Promise<Details> {
    const query = new URLSearchParams();
    if (generation !== null) query.set("generation", String(generation));
    if (whole) query.set("whole", "1");
    return this.json<Details>(`api/experiments/${encodeURIComponent(experiment)}?${query}`);
  }

  async storeId(): Promise<string> {
    return (await this.json<{ store_id: string }>("api/health")).store_id;
  }

  plot(experiment: string, digest: string): Promise<unknown> {
    return this.json(`api/experiments/${encodeURIComponent(experiment)}/plots/${encodeURIComponent(digest)}`);
  }

  imageUrl(experiment: string, digest: string): string {
    return this.url(`api/experiments/${encodeURIComponent(experiment)}/images/${encodeURIComponent(digest)}`);
  }

  async remove(experiment: string): Promise<number> {
    return (await this.json<{ seq: number }>(`api/experiments/${encodeURIComponent(experiment)}`, "DELETE")).seq;
  }

  async restore(experiment: string): Promise<void> {
    await this.json(`api/experiments/${encodeURIComponent(experiment)}/restore`, "POST");
  }

  async markStopped(experiment: string): Promise<void> {
    await this.json(`api/experiments/${encodeURIComponent(experiment)}/mark-stopped`, "POST");
  }

  async stop(experiment: string): Promise<void> {
    await this.json(`api/experiments/${encodeURIComponent(experiment)}/stop`, "POST");
  }

  async unmarkStopped(experiment: string): Promise<void> {
    await this.json(`api/experiments/${encodeURIComponent(experiment)}/mark-stopped`, "DELETE");
  }

  async removeAll(experiments: readonly string[]): Promise<number> {
    return (await this.json<{ seq: number }>("api/experiments", "DELETE", { experiments })).seq;
  }

  async restoreAll(experiments: readonly string[]): Promise<void> {
    await this.json("api/trash", "POST", { experiments });
  }

  async trash(): Promise<Deleted[]> {
    return (await this.json<{ experiments: Deleted[] }>("api/trash")).experiments;
  }

  async makeProject(wanted: object): Promise<string> {
    return (await this.json<{ id: string }>("api/projects", "POST", wanted)).id;
  }

  async changeProject(project: string, to: ProjectChange): Promise<void> {
    await this.json(projectPath(project), "PATCH", to);
  }

  async removeProject(project: string): Promise<void> {
    await this.json(projectPath(project), "DELETE");
  }

  async restoreProject(project: string): Promise<void> {
    await this.json(`${projectPath(project)}/restore`, "POST");
  }

  async reload(project: string): Promise<string> {
    return (await this.json<{ detail: string }>(`${projectPath(project)}/reload`, "POST")).detail;
  }

  private url(path: string): string {
    return new URL(path, this.base).href;
  }

  /** One request; `said` goes along as JSON. */
  async json<T>(path: string, method = "GET", said?: unknown): Promise<T> {
    const body =
      said === undefined ? {} : { body: JSON.stringify(said), headers: { "Content-Type": "application/json" } };
    return (await this.ask(path, "json", { method, ...body })).json();
  }

  /** One request whose answer is of a `kind`. */
  async ask(path: string, kind: string, { method = "GET", headers, ...init }: RequestInit): Promise<Response> {
    const token: Record<string, string> = method === "GET" ? {} : { "X-XSRFToken": xsrfCookie() };
    const response = await fetch(this.url(path), {
      ...init,
      method,
      headers: { ...token, ...headers },
      credentials: "same-origin",
    });
    const is = (wanted: string) => response.headers.get("content-type")?.includes(wanted) ?? false;
    // Jupyter sends a browser without a session to its login page, which then answers 200.
    if (response.status === 401 || (method === "GET" && response.status === 403) || (response.ok && !is(kind))) {
      throw new SignInNeeded("The session has ended. Reload the page to sign in again.");
    }
    if (response.ok) return response;
    const { detail } = is("json") ? await response.json() : {};
    throw new Error(detail ?? `The server answered ${response.status}.`);
  }
}

function xsrfCookie(): string {
  const pair = document.cookie.split("; ").find((cookie) => cookie.startsWith("_xsrf="));
  return pair ? decodeURIComponent(pair.slice("_xsrf=".length)) : "";
}

const projectPath = (project: string): string => `api/projects/${encodeURIComponent(project)}`;
