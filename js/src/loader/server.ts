// Finds out whether a server with the same store stands beside the notebook.

/** Where Jupyter serves from, as its page says; null in hosts that are not Jupyter's own. */
export function baseUrl(): string | null {
  const config = document.getElementById("jupyter-config-data")?.textContent;
  if (!config) return null;
  try {
    const { baseUrl: base } = JSON.parse(config) as { baseUrl?: unknown };
    return typeof base === "string" ? new URL(base, location.href).href : null;
  } catch {
    return null;
  }
}

/** The address of live-studio there, or null when it is absent or keeps other experiments than those of `storeId`. */
export async function serverOf(base: string, storeId?: string): Promise<string | null> {
  const server = new URL("live-studio/", base).href;
  try {
    const response = await fetch(`${server}api/health`);
    const health = (await response.json()) as { store_id?: unknown };
    return response.ok && (storeId ?? health.store_id) === health.store_id ? server : null;
  } catch {
    return null;
  }
}
