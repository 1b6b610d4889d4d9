// Until when a conversation may be put aside.

export type SnoozeName = "hour" | "evening" | "tomorrow" | "monday";

/** The usual moments as seen now, in the reader's zone; one that has passed is left out. */
export function snoozes(now: Date): { name: SnoozeName; until: Date }[] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  const all: { name: SnoozeName; until: Date }[] = [
    { name: "hour", until: new Date(now.getTime() + 3_600_000) },
    { name: "evening", until: at(0, 18) },
    { name: "tomorrow", until: at(1, 9) },
    { name: "monday", until: at(toMonday, 9) },
  ];
  return all.filter(({ name, until }) => name === "hour" || until.getTime() - now.getTime() > 5_400_000);
}
