// The little of JupyterLab that is used, as types. Its packages are taken from the page at run time: a labextension
// that brings its own copies would not be recognised.

export interface ShareScope {
  [name: string]: { [version: string]: { get(): Promise<() => unknown> } };
}

export interface LuminoWidget {
  readonly node: HTMLElement;
  readonly isAttached: boolean;
  readonly isDisposed: boolean;
  id: string;
  title: { label: string; closable: boolean; icon: unknown };
  dispose(): void;
  addClass(name: string): void;
}

export interface Lumino {
  Widget: new (options?: { node?: HTMLElement }) => LuminoWidget;
}

export interface Config {
  PageConfig: { getBaseUrl(): string; getOption(name: string): string };
}

export interface DocumentContext {
  model: { dirty: boolean; collaborative?: boolean };
  contentsModel: { writable?: boolean } | null;
  save(): Promise<void>;
}

export interface Signal<T> {
  connect(slot: (sender: unknown, value: T) => void): void;
  disconnect(slot: (sender: unknown, value: T) => void): void;
}

export interface KernelMessage {
  header: { msg_type: string; date: string };
  content: { execution_count?: number | null };
}

export interface SessionContext {
  /** Fulfilled when it has its kernel, or has none. */
  readonly ready: Promise<void>;
  readonly session: { kernel: { id: string } | null } | null;
  readonly statusChanged: Signal<string>;
  readonly iopubMessage: Signal<KernelMessage>;
}

export interface Cell {
  model: {
    executionCount?: number | null;
    outputs?: { length: number; get(index: number): { toJSON(): { output_type?: unknown; ename?: unknown } } };
  };
}

/** What stands in the main area: a document, and a notebook's session and cells. */
export interface Main extends LuminoWidget {
  context?: DocumentContext;
  sessionContext?: SessionContext;
  content?: {
    widgets?: readonly Cell[];
    activeCellIndex?: number;
    scrollToItem?(index: number, where: string): unknown;
  };
}

export type Notebook = Main & { sessionContext: SessionContext };

export interface LabApp {
  commands: {
    addCommand(id: string, command: { label: string; caption: string; icon: unknown; execute(): void }): void;
  };
  shell: {
    add(widget: LuminoWidget, area: string): void;
    activateById(id: string): void;
    widgets(area: string): Iterable<Main>;
  };
}

export interface Launcher {
  add(item: { command: string; category: string; rank: number }): void;
}

export interface CommandPalette {
  addItem(item: { command: string; category: string }): void;
}

export interface SettingRegistry {
  load(id: string): Promise<{ get(name: string): { composite: unknown } }>;
}

let scope: ShareScope = {};

export function remember(share: ShareScope): void {
  scope = share;
}

/** A package of the running JupyterLab, or null where it has none of that name. */
export async function take<T>(name: string): Promise<T | null> {
  const versions = scope[name];
  const newest = versions && Object.keys(versions).sort(byVersion).at(-1);
  if (!versions || newest === undefined) return null;
  const factory = await versions[newest]?.get();
  return factory ? (factory() as T) : null;
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
