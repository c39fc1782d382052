import { describe, expect, it } from "vitest";
import { age, ago, formatMetric, formatNumber, formatParam, precisionOf, toNumber } from "../src/format.ts";

const column = precisionOf([0.3128, 0.2846, 0.9121]);

describe("a metric", () => {
  it("has four significant digits of the column's median", () => {
    expect(formatNumber(0.3128, column)).toBe("0.3128");
    expect(formatNumber(12.345, precisionOf([12.345, 11, 13.5]))).toBe("12.35");
    expect(formatNumber(2345.6, precisionOf([2345.6, 1999.5]))).toBe("2346");
  });

  it("keeps the digits of its column for every value", () => {
    expect(formatNumber(0.5, column)).toBe("0.5000");
    expect(formatNumber(1, column)).toBe("1.0000");
  });

  it("is written with a power of ten outside 1e-4 .. 1e6", () => {
    expect(formatNumber(3.1e-5, column)).toBe("3.1e−5");
    expect(formatNumber(1.2e6 + 0.5, column)).toBe("1.20e6");
    expect(formatNumber(0, column)).toBe("0.0000");
  });

  it("groups whole numbers and never shortens them", () => {
    const whole = precisionOf([5000, 12]);
    expect(formatNumber(5000, whole)).toBe("5,000");
    expect(formatNumber(12_345_678, whole)).toBe("12,345,678");
  });

  it("has a real minus sign", () => {
    expect(formatNumber(-0.0288, column)).toBe("−0.0288");
    expect(formatNumber(-5000, precisionOf([1]))).toBe("−5,000");
  });

  it("says NaN and infinities, and a dash for nothing", () => {
    expect(["nan", "inf", "-inf", undefined].map((value) => formatMetric(value, column))).toEqual([
      "NaN",
      "∞",
      "−∞",
      "–",
    ]);
  });

  it("never loses digits it has shown, and becomes a fraction for good", () => {
    expect(precisionOf([1000.5], column).decimals).toBe(column.decimals);
    expect(precisionOf([0.00123], column).decimals).toBe(6);
    expect(precisionOf([1, 2], column).integer).toBe(false);
  });
});

describe("a parameter", () => {
  it("is shown as it was written", () => {
    expect(formatParam("1e-3")).toBe("1e-3");
    expect(formatParam(0.001)).toBe("0.001");
    expect(formatParam([1, 2])).toBe("[1,2]");
    expect(formatParam(null)).toBe("null");
    expect(formatParam("12345678901234567890")).toBe("12345678901234567890");
  });
});

describe("toNumber", () => {
  it("knows the words for numbers JSON cannot hold, and no other text", () => {
    expect(toNumber("nan")).toBeNaN();
    expect(toNumber("-inf")).toBe(Number.NEGATIVE_INFINITY);
    expect([toNumber("12"), toNumber(true), toNumber(null), toNumber(undefined)]).toEqual([null, null, null, null]);
  });
});

describe("an age", () => {
  const seconds = (value: number) => age(value * 1000);
  it("is written in its largest unit", () => {
    expect([0, 9, 47, 250, 3 * 3600, 30 * 3600, 3 * 86_400].map(seconds)).toEqual([
      "now",
      "now",
      "40 s",
      "4 min",
      "3 h",
      "yesterday",
      "3 days",
    ]);
  });

  it("says ago where that is English", () => {
    expect([0, 250, 30 * 3600, 3 * 86_400].map((value) => ago(value * 1000))).toEqual([
      "now",
      "4 min ago",
      "yesterday",
      "3 days ago",
    ]);
  });

  it("is never negative, whatever the clocks say", () => {
    expect(seconds(-500)).toBe("now");
  });
});
