// Whether somebody wants to hear nothing of values that move, kept in this browser.

const KEY = "live-studio.silent";

/** Storage may be forbidden; then the numbers are said. */
export function isSilent(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

export function keepSilent(silent: boolean): void {
  try {
    if (silent) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // It holds as long as this view, then.
  }
}
