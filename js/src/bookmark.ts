// The project somebody chose, kept where a reload finds it: in the address of a page of ours, else in the browser tab.

export interface Bookmark {
  /** A project id, or empty. */
  readonly project: string;
  keep(project: string): void;
}

const NAME = "project";

/** In the address after `#`, so that it can be sent to a colleague. */
export const inAddress: Bookmark = {
  get project() {
    return new URLSearchParams(location.hash.slice(1)).get(NAME) ?? "";
  },
  keep(project) {
    const hash = new URLSearchParams(location.hash.slice(1));
    hash.set(NAME, project);
    history.replaceState(history.state, "", `#${hash}`);
  },
};

/** In this browser tab's session: the address belongs to JupyterLab. */
export const inSession = (key: string): Bookmark => ({
  get project() {
    return quietly(() => sessionStorage.getItem(key)) ?? "";
  },
  keep(project) {
    quietly(() => sessionStorage.setItem(key, project));
  },
});

/** Storage may be forbidden; then nothing is kept. */
function quietly<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}
