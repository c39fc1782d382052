// What the test runner puts into modules.
interface ImportMeta {
  glob(pattern: string, options: object): Record<string, string>;
}
