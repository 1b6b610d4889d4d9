import { expect, test } from "vitest";
import { dark, light, PAIRS, type Scheme } from "../src/look/palette";

function luminance(hex: string): number {
  const channel = (at: number) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test("black on white is 21 to 1", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
});

test.each([
  ["light", light],
  ["dark", dark],
] as [string, Scheme][])("every text is legible on its ground in the %s theme", (_name, scheme) => {
  const weak = PAIRS.filter(([text, ground]) => contrast(scheme[text], scheme[ground]) < 4.5).map(
    ([text, ground]) => `${text} on ${ground}: ${contrast(scheme[text], scheme[ground]).toFixed(2)}`,
  );
  expect(weak).toEqual([]);
});
