// Every colour of the desk, by theme. A test computes the contrast of each pair that meets on a screen.

export interface Scheme {
  ground: string;
  surface: string;
  raised: string;
  sunken: string;
  line: string;
  control: string;
  text: string;
  muted: string;
  brand: string;
  onBrand: string;
  selected: string;
  bot: string;
  botGround: string;
  waiting: string;
  waitingGround: string;
  person: string;
  personGround: string;
  resolved: string;
  resolvedGround: string;
  failed: string;
  failedGround: string;
  note: string;
  noteGround: string;
}

export const light: Scheme = {
  ground: "#f3f5f8",
  surface: "#fbfcfd",
  raised: "#ffffff",
  sunken: "#eef1f5",
  line: "#dde3ea",
  control: "#7c8a9a",
  text: "#16202b",
  muted: "#536272",
  brand: "#0b7a75",
  onBrand: "#ffffff",
  selected: "#e9f4f3",
  bot: "#6d4bd8",
  botGround: "#f1edfc",
  waiting: "#a65500",
  waitingGround: "#fdf1e2",
  person: "#1d66d6",
  personGround: "#e8f0fc",
  resolved: "#1e7f4f",
  resolvedGround: "#ecf8f1",
  failed: "#c02f2f",
  failedGround: "#fceaea",
  note: "#7a5b00",
  noteGround: "#fdf6d8",
};

export const dark: Scheme = {
  ground: "#0a0f15",
  surface: "#0f151c",
  raised: "#161e27",
  sunken: "#1b242e",
  line: "#27323e",
  control: "#6b7a8b",
  text: "#e6ecf2",
  muted: "#9fadbb",
  brand: "#3cc2b8",
  onBrand: "#06211f",
  selected: "#143432",
  bot: "#a78bfa",
  botGround: "#211c38",
  waiting: "#f0a44b",
  waitingGround: "#33240f",
  person: "#79a8f5",
  personGround: "#16263f",
  resolved: "#55c48c",
  resolvedGround: "#12301f",
  failed: "#f28b82",
  failedGround: "#3a1a1a",
  note: "#e4c35a",
  noteGround: "#322a10",
};

/** Text and the ground it stands on: each must reach 4.5:1 in both themes. */
export const PAIRS: [keyof Scheme, keyof Scheme][] = [
  ...(["ground", "surface", "raised", "sunken", "selected"] as const).flatMap((ground): [keyof Scheme, keyof Scheme][] => [
    ["text", ground],
    ["muted", ground],
    ["brand", ground],
  ]),
  ...(["bot", "waiting", "person", "resolved", "failed", "note"] as const).flatMap((state): [keyof Scheme, keyof Scheme][] => [
    [state, "surface"],
    [state, "raised"],
    [state, `${state}Ground`],
    ["text", `${state}Ground`],
    ["muted", `${state}Ground`],
  ]),
  ["onBrand", "brand"],
];
