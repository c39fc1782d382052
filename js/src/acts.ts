// What a person can do in a view. Every verb changes the view; some also ask the server.

import { type Arrangement, toggleIn } from "./arrange/arrangement.ts";
import { isSaid } from "./arrange/filters.ts";
import type { Bookmark } from "./bookmark.ts";
import type { Experiment, Project } from "./contract.ts";
import { copyText } from "./copy.ts";
import type { Gone } from "./gone.ts";
import { deselect, select, selectOnly, toggle } from "./palette.ts";
import type { Options } from "./plots/options.ts";
import { isOpen } from "./repeats/fold.ts";
import { keepSilent } from "./silence.ts";
import type { Actions, ProjectChange, Transport } from "./transport/transport.ts";
import type { Trending } from "./trends/trending.ts";
import { discarded, keptOf, type PanelName, type PaneName, paneOf, toggled, unseen, type View } from "./view.ts";

export type Notice =
  | { kind: "deleted" | "stopped" | "hidden"; id: string; name: string }
  | { kind: "deleted all"; id: string; ids: readonly string[]; name: string }
  | { kind: "project"; id: string; name: string }
  | { kind: "problem" | "done"; text: string };

type Named = Pick<Experiment, "id" | "name">;
type Change = (change: (view: View) => View) => void;

export class Acts {
  constructor(
    private readonly change: Change,
    private readonly transport: Transport,
    private readonly notify: (notice: Notice | null) => void,
    private readonly bookmark: Bookmark | null,
  ) {}

  readonly togglePlot = (id: string): void =>
    this.change((view) => ({ ...view, selection: toggle(view.selection, id) }));

  readonly plotOnly = (id: string): void =>
    this.change((view) => ({ ...view, selection: select(new Map(), id), pane: "plots" }));

  /** Compare others with this one, or with nothing. */
  readonly toggleBaseline = (id: string): void =>
    this.arrange((before) => {
      const baseline = before.baseline === id ? null : id;
      return { ...before, baseline, delta: before.delta && baseline !== null };
    });

  /** Differences need something to differ from: without a baseline the first of those selected becomes it. */
  readonly toggleDelta = (): void =>
    this.change((view) => {
      const { arrangement: how, selection } = view;
      const baseline = how.baseline ?? [...selection.keys()][0] ?? null;
      if (baseline === null) {
        this.notify({ kind: "done", text: "Set a baseline first: press B on its row." });
        return view;
      }
      return { ...view, arrangement: { ...how, baseline, delta: !how.delta } };
    });

  readonly toggleStar = (id: string): void => this.arrange((before) => toggleIn(before, "starred", id));

  readonly toggleConcealed = ({ id, name }: Experiment, concealed: boolean): void => {
    this.arrange((before) => toggleIn(before, "concealed", id));
    this.notify(concealed ? null : { kind: "hidden", id, name });
  };

  /** A setting of the person, not of the view: it holds for every dashboard of this browser. */
  readonly toggleSilent = (): void =>
    this.change((view) => {
      keepSilent(!view.silent);
      return { ...view, silent: !view.silent };
    });

  readonly say = (text: string): void => this.notify({ kind: "done", text });

  readonly copyName = async ({ name }: Experiment): Promise<void> => {
    const copied = await copyText(name);
    this.notify({ kind: "done", text: copied ? `Copied ${name}` : "The browser does not let this page copy." });
  };

  readonly toggleGroup = (key: string): void =>
    this.change((view) => ({ ...view, collapsed: toggled(view.collapsed, key) }));

  /** Opens or closes several. */
  readonly setGroups = (keys: readonly string[], open: boolean): void =>
    this.change((view) => {
      const others = [...view.collapsed].filter((key) => !keys.includes(key));
      return { ...view, collapsed: new Set(open ? others : [...others, ...keys]) };
    });

  readonly setGroup = (key: string, open: boolean): void =>
    this.change((view) =>
      isOpen(key, view.collapsed) !== open ? { ...view, collapsed: toggled(view.collapsed, key) } : view,
    );

  readonly toggleLive = (): void => this.change((view) => ({ ...view, liveOnly: !view.liveOnly }));

  readonly toggleSelected = (): void => this.change((view) => ({ ...view, selectedOnly: !view.selectedOnly }));

  readonly togglePane = (name: PaneName): void =>
    this.change((view) => ({ ...view, pane: paneOf(view) === name ? "none" : name }));

  /** Looks at one experiment closely: at its newest start, or at an earlier one. */
  readonly openDetail = (id: string, generation: number | null = null): void =>
    this.change((view) => {
      const before = view.pane === "experiment" ? (view.detail?.before ?? "usual") : view.pane;
      return { ...view, pane: "experiment", detail: { id, generation, before } };
    });

  readonly closeDetail = (): void =>
    this.change((view) => ({ ...view, pane: view.detail?.before ?? "usual", detail: null }));

  /** A filter that says nothing yet is left behind with its panel. */
  readonly openPanel = (panel: PanelName | null): void =>
    this.change((view) => {
      const { arrangement: how } = view;
      const leaves = view.panel === "filter" && !how.filters.every(isSaid);
      return { ...view, panel, arrangement: leaves ? { ...how, filters: how.filters.filter(isSaid) } : how };
    });

  /** These and nobody else; who was selected keeps its colour. */
  readonly selectOnly = (ids: readonly string[]): void =>
    this.change((view) => ({ ...view, selection: selectOnly(view.selection, ids) }));

  /** Selects these alone, opens their groups and brings the first into sight. */
  readonly lookAt = (ids: readonly string[]): void => {
    const [id] = ids;
    if (id === undefined) return;
    this.change((view) => ({
      ...view,
      selection: selectOnly(view.selection, ids),
      collapsed: new Set(),
      sought: { id },
    }));
  };

  readonly dismiss = (gone: Gone): void => this.change((view) => ({ ...view, dismissed: gone }));

  /** All in, or all out where all were in: the runs of a group are one line. */
  readonly togglePlots = (ids: readonly string[]): void =>
    this.change((view) => {
      const step = ids.every((id) => view.selection.has(id)) ? deselect : select;
      return { ...view, selection: ids.reduce(step, view.selection) };
    });

  /** From the first to the last of these, all in or all out, as the first one is. */
  readonly extend = (ids: readonly string[]): void =>
    this.change((view) => {
      const within = view.selection.has(ids[0] ?? "");
      const step = within ? select : deselect;
      return { ...view, selection: ids.slice(1).reduce(step, view.selection) };
    });

  readonly clearFilters = (): void =>
    this.change((view) => ({
      ...view,
      liveOnly: false,
      selectedOnly: false,
      arrangement: { ...view.arrangement, filters: [], find: "" },
    }));

  /** Sorts, filters, columns: whatever a saved view keeps. */
  readonly arrange = (step: (before: Arrangement) => Arrangement): void =>
    this.change((view) => ({ ...view, arrangement: step(view.arrangement) }));

  /** Commits that change nothing, and rows that were put out of sight. */
  readonly toggleHidden = (): void => this.arrange((before) => ({ ...before, showConcealed: !before.showConcealed }));

  readonly split = (height: number): void => this.change((view) => ({ ...view, split: height }));

  /** How the charts are looked at. */
  readonly plot = (step: (before: Options) => Options): void =>
    this.change((view) => ({ ...view, plots: step(view.plots) }));

  /** What of the trends is looked at. */
  readonly trend = (to: Partial<Trending>): void =>
    this.change((view) => ({ ...view, trends: { ...view.trends, ...to } }));

  /** Another project is another set of rows: what was selected there means nothing here. */
  readonly openProject = (project: string): void => {
    this.bookmark?.keep(project);
    this.change((view) => ({ ...view, project, ...unseen, liveOnly: false, selectedOnly: false }));
  };

  /** The row goes at once; it comes back when the server refuses. */
  readonly remove = async ({ id, name }: Named): Promise<void> => {
    const { actions } = this.transport;
    if (!actions) return;
    this.change((view) => ({ ...view, leaving: new Map(view.leaving).set(id, null) }));
    try {
      const until = await actions.remove(id);
      this.change((view) => (view.leaving.has(id) ? { ...view, leaving: new Map(view.leaving).set(id, until) } : view));
      this.notify({ kind: "deleted", id, name });
    } catch (error) {
      this.stay(id);
      this.notify({ kind: "problem", text: `${name} was not deleted. ${sentence(error)}` });
    }
  };

  /** Several at once, and one undo for all of them. */
  readonly removeAll = async (experiments: readonly Named[]): Promise<void> => {
    const { actions } = this.transport;
    const [only] = experiments;
    if (!actions || !only) return;
    if (experiments.length === 1) return this.remove(only);
    const ids = experiments.map(({ id }) => id);
    const leave = (until: number | null) =>
      this.change((view) => ({
        ...view,
        leaving: new Map([...view.leaving, ...ids.map((id) => [id, until] as const)]),
      }));
    leave(null);
    try {
      leave(await actions.removeAll(ids));
      this.notify({ kind: "deleted all", id: "", ids, name: `${ids.length} experiments` });
    } catch (error) {
      for (const id of ids) this.stay(id);
      this.notify({ kind: "problem", text: `Nothing was deleted. ${sentence(error)}` });
    }
  };

  readonly bringBack = (id: string, name: string): Promise<boolean> =>
    this.ask(`${name} could not be brought back.`, async (actions) => {
      await actions.restoreAll([id]);
      this.stay(id);
    });

  /** Keeps the table as it is arranged now for everybody who opens this project. */
  readonly saveView = (project: Project, view: View): Promise<boolean> =>
    this.ask("The view was not saved.", (actions) => actions.changeProject(project.id, { view: keptOf(view) }));

  readonly discardView = (): void => this.change(discarded);

  readonly makeProject = (wanted: { name?: string; path?: string; repo_url?: string }): Promise<boolean> =>
    this.ask("The project was not made.", async (actions) => this.openProject(await actions.makeProject(wanted)));

  readonly changeProject = (project: Project, to: ProjectChange): Promise<boolean> =>
    this.ask(`${project.name} was not changed.`, (actions) => actions.changeProject(project.id, to));

  readonly removeProject = (project: Project): Promise<boolean> =>
    this.ask(`${project.name} was not deleted.`, async (actions) => {
      await actions.removeProject(project.id);
      this.openProject("");
      this.notify({ kind: "project", id: project.id, name: project.name });
    });

  /** Fetches; what is new comes by itself. */
  readonly reload = (project: Project): Promise<boolean> =>
    this.ask("", async (actions) => this.say(await actions.reload(project.id)));

  /** Asks the server; says in a sentence what was not done, and whether it was. */
  private async ask(otherwise: string, act: (actions: Actions) => Promise<void>): Promise<boolean> {
    const { actions } = this.transport;
    if (!actions) return false;
    try {
      await act(actions);
      return true;
    } catch (error) {
      this.notify({ kind: "problem", text: `${otherwise} ${sentence(error)}`.trim() });
      return false;
    }
  }

  /** Asks the code that runs; whether it has obeyed, its status says. */
  readonly stop = async ({ id, name }: Experiment): Promise<void> => {
    try {
      await this.transport.runs?.stop(id);
      this.say(`Asked ${name} to stop. It stops at its next step.`);
    } catch (error) {
      this.notify({ kind: "problem", text: `${name} was not asked to stop. ${sentence(error)}` });
    }
  };

  /** For a run that nobody will hear of again: a person says what the rules cannot know. */
  readonly markStopped = async ({ id, name }: Experiment): Promise<void> => {
    try {
      await this.transport.runs?.markStopped(id);
      this.notify({ kind: "stopped", id, name });
    } catch (error) {
      this.notify({ kind: "problem", text: `${name} was not marked. ${sentence(error)}` });
    }
  };

  readonly undo = async (notice: Notice): Promise<void> => {
    if (!("id" in notice)) return;
    const { kind, id, name } = notice;
    this.notify(null);
    if (kind === "hidden") return this.arrange((before) => toggleIn(before, "concealed", id));
    try {
      if (kind === "project") {
        await this.transport.actions?.restoreProject(id);
        return this.openProject(id);
      }
      if (kind === "deleted all") {
        await this.transport.actions?.restoreAll(notice.ids);
        for (const one of notice.ids) this.stay(one);
      } else if (kind === "stopped") await this.transport.runs?.unmarkStopped(id);
      else await this.transport.actions?.restore(id);
      this.stay(id);
    } catch (error) {
      this.notify({ kind: "problem", text: `${name} could not be brought back. ${sentence(error)}` });
    }
  };

  private stay(id: string): void {
    this.change((view) =>
      view.leaving.has(id)
        ? { ...view, leaving: new Map([...view.leaving].filter(([leaving]) => leaving !== id)) }
        : view,
    );
  }
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
