// What a person can do in a view. Every verb changes the view; some also ask the server.

import { type Arrangement, toggleIn } from "./arrange/arrangement.ts";
import type { Bookmark } from "./bookmark.ts";
import type { Experiment } from "./contract.ts";
import { copyText } from "./copy.ts";
import { deselect, select, toggle } from "./palette.ts";
import type { Options } from "./plots/options.ts";
import type { Transport } from "./transport/transport.ts";
import { type PanelName, type PaneName, paneOf, toggled, unseen, type View } from "./view.ts";

export type Notice =
  | { kind: "deleted" | "stopped" | "hidden"; id: string; name: string }
  | { kind: "problem" | "done"; text: string };

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

  readonly say = (text: string): void => this.notify({ kind: "done", text });

  readonly copyName = async ({ name }: Experiment): Promise<void> => {
    const copied = await copyText(name);
    this.notify({ kind: "done", text: copied ? `Copied ${name}` : "The browser does not let this page copy." });
  };

  readonly toggleGroup = (key: string): void =>
    this.change((view) => ({ ...view, collapsed: toggled(view.collapsed, key) }));

  readonly setGroup = (key: string, open: boolean): void =>
    this.change((view) =>
      view.collapsed.has(key) === open ? { ...view, collapsed: toggled(view.collapsed, key) } : view,
    );

  readonly toggleLive = (): void => this.change((view) => ({ ...view, liveOnly: !view.liveOnly }));

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

  readonly openPanel = (panel: PanelName | null): void => this.change((view) => ({ ...view, panel }));

  /** From the first to the last of these, all in or all out, as the first one is. */
  readonly extend = (ids: readonly string[]): void =>
    this.change((view) => {
      const within = view.selection.has(ids[0] ?? "");
      const step = within ? select : deselect;
      return { ...view, selection: ids.slice(1).reduce(step, view.selection) };
    });

  readonly clearFilters = (): void =>
    this.change((view) => ({ ...view, liveOnly: false, arrangement: { ...view.arrangement, filters: [], find: "" } }));

  /** Sorts, filters, columns: whatever a saved view keeps. */
  readonly arrange = (step: (before: Arrangement) => Arrangement): void =>
    this.change((view) => ({ ...view, arrangement: step(view.arrangement) }));

  /** Commits that change nothing, and rows that were put out of sight. */
  readonly toggleHidden = (): void => this.arrange((before) => ({ ...before, showConcealed: !before.showConcealed }));

  readonly split = (height: number): void => this.change((view) => ({ ...view, split: height }));

  /** How the charts are looked at. */
  readonly plot = (step: (before: Options) => Options): void =>
    this.change((view) => ({ ...view, plots: step(view.plots) }));

  /** Another project is another set of rows: what was selected there means nothing here. */
  readonly openProject = (project: string): void => {
    this.bookmark?.keep(project);
    this.change((view) => ({ ...view, project, ...unseen, liveOnly: false }));
  };

  /** The row goes at once; it comes back when the server refuses. */
  readonly remove = async ({ id, name }: Experiment): Promise<void> => {
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

  /** For a run that nobody will hear of again: a person says what the rules cannot know. */
  readonly markStopped = async ({ id, name }: Experiment): Promise<void> => {
    try {
      await this.transport.actions?.markStopped(id);
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
      if (kind === "stopped") await this.transport.actions?.unmarkStopped(id);
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
