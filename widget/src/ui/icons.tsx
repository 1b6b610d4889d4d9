// Line icons on a 24 grid. Each stands beside a word or inside a labelled control, so none speaks by itself.

const PATHS = {
  close: ["M18 6 6 18", "M6 6l12 12"],
  send: ["M21 3 10 14", "M21 3l-6.5 18-4.5-7-7-4.5z"],
  bot: ["M6 6h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2z", "M12 2.5V6", "M9 11v2", "M15 11v2", "M9 21v-3", "M15 21v-3"],
  person: ["M8 7a4 4 0 1 0 8 0 4 4 0 0 0-8 0", "M5 21v-2a5 5 0 0 1 5-5h4a5 5 0 0 1 5 5v2"],
  clock: ["M3 12a9 9 0 1 0 18 0 9 9 0 0 0-18 0", "M12 7v5l3 2"],
  offline: ["M3 3l18 18", "M9 9.5a8 8 0 0 0-3 2", "M12 8a9 9 0 0 1 6 3.5", "M9.5 15a4 4 0 0 1 4 .2", "M12 18.5h.01", "M3 8.5a13 13 0 0 1 3.5-2.3", "M11 5a13 13 0 0 1 10 3.5"],
  info: ["M3 12a9 9 0 1 0 18 0 9 9 0 0 0-18 0", "M12 8h.01", "M12 12v4"],
  done: ["M5 12.5l4.5 4.5L19 7.5"],
  chevron: ["M9 6l6 6-6 6"],
  clip: ["M15 7l-6.5 6.5a1.5 1.5 0 0 0 3 3L18 10a3 3 0 0 0-6-6l-6.5 6.5a4.5 4.5 0 0 0 9 9L21 13"],
  up: ["M7 11v9H4v-9zM7 11l4-8a2 2 0 0 1 3 2l-1 4h5a2 2 0 0 1 2 2l-2 7a2 2 0 0 1-2 2H7"],
  down: ["M7 13V4H4v9zM7 13l4 8a2 2 0 0 0 3-2l-1-4h5a2 2 0 0 0 2-2l-2-7a2 2 0 0 0-2-2H7"],
  copy: ["M8 8h12v12H8z", "M16 8V4H4v12h4"],
  stop: ["M7 7h10v10H7z"],
  again: ["M20 11a8 8 0 1 0-2 6", "M20 5v6h-6"],
  edit: ["M4 20h4L19 9l-4-4L4 16z", "M13 7l4 4"],
  back: ["M15 6l-6 6 6 6"],
  plus: ["M12 5v14", "M5 12h14"],
  bin: ["M4 7h16", "M10 4h4", "M6 7l1 13h10l1-13"],
  list: ["M4 6h16", "M4 12h16", "M4 18h10"],
  more: ["M5 12h.01", "M12 12h.01", "M19 12h.01"],
};

export type IconName = keyof typeof PATHS;

export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  return (
    <svg class={small ? "icon small" : "icon"} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      {PATHS[name].map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  );
}
