// Bytes as people read them, with the units that disks are sold by.

const UNITS = [
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;

export function formatBytes(count: number): string {
  const [unit, size] = UNITS.find(([, least]) => count >= least) ?? ["B", 1];
  return `${size === 1 ? count : (count / size).toFixed(1)} ${unit}`;
}
