// What comes from outside, in a shape of our own: a saved view may be older than this code, or somebody else's.

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `said` with the fields of `usual`: those that are missing, or of another kind, are as usual. Null stands for a text. */
export function likeThis<T extends object>(usual: T, said: unknown): T {
  const given = isRecord(said) ? said : {};
  const kept = Object.entries(usual).map(([name, value]) => [name, isLike(value, given[name]) ? given[name] : value]);
  return Object.fromEntries(kept) as T;
}

function isLike(usual: unknown, value: unknown): boolean {
  if (usual === null) return value === null || typeof value === "string";
  return Array.isArray(usual) ? Array.isArray(value) : typeof usual === typeof value && !Array.isArray(value);
}

export const texts = (list: readonly unknown[]): string[] => list.filter((item) => typeof item === "string");

/** One of these, or the first of them. */
export const oneOf = <T>(these: readonly [T, ...T[]], value: unknown): T =>
  these.includes(value as T) ? (value as T) : these[0];
