import { describe, expect, it } from "vitest";

const sources = import.meta.glob("../src/**/*.{ts,tsx,css}", { query: "?raw", import: "default", eager: true });
const files = Object.keys(sources).map((path) => path.replace("../src/", ""));
const read = (name: string): string => sources[`../src/${name}`] ?? "";
const holding = (pattern: RegExp, wanted = files): string[] => wanted.filter((name) => pattern.test(read(name)));

describe("the sources", () => {
  it("are found", () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it("never turn text into markup", () => {
    expect(holding(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/)).toEqual([]);
  });

  it("ask for no layout while they highlight", () => {
    expect(holding(/offsetWidth|offsetHeight|getBoundingClientRect/, ["highlight.ts"])).toEqual([]);
  });

  it("have no colour that is not a token", () => {
    const styles = files.filter((name) => name.endsWith(".css") && !/(tokens|page)\.css$/.test(name));
    expect(holding(/#[0-9a-f]{3,8}\b|rgba?\(/i, styles)).toEqual([]);
  });

  it("style nothing outside the dashboard", () => {
    const styles = files.filter((name) => name.endsWith(".css") && !name.endsWith("tokens.css"));
    const selectors = styles.flatMap(
      (name) =>
        read(name)
          .replace(/\/\*[\s\S]*?\*\//g, "")
          .match(/^[^\s@}][^{]*(?=\{)/gm) ?? [],
    );
    expect(
      selectors.flatMap((list) => list.split(",")).filter((one) => !/^\.ls(-page(-body)?)?\b/.test(one.trim())),
    ).toEqual([]);
  });
});
