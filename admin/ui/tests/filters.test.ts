import { expect, test } from "vitest";
import { fromTree, toTree } from "../src/inbox/filterTree";

const waiting = { field: "state", op: "is", value: "waiting" };
const web = { field: "channel_kind", op: "is_not", value: "webchat" };

test("what is kept is what was built, however it is nested", () => {
  const tree = { all: [waiting, { any: [web, { not: { any: [waiting, web] } }] }] };
  expect(toTree(fromTree(tree))).toEqual(tree);
});

test("a lone condition and a lone 'not' become groups that mean the same", () => {
  expect(toTree(fromTree(waiting))).toEqual({ all: [waiting] });
  expect(toTree(fromTree({ not: web }))).toEqual({ not: { any: [web] } });
});

test("groups without a condition are left out, and nothing is no filter", () => {
  expect(toTree({ how: "all", of: [{ how: "any", of: [] }, waiting] })).toEqual({ all: [waiting] });
  expect(toTree({ how: "none", of: [] })).toBeNull();
});
