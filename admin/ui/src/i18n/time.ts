// Times as people say them. The exact one stands beside it, on hover and for screen readers.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Making one of these takes longer than all else about a row; there are a handful for each language.
const dates = new Map<string, Intl.DateTimeFormat>();
const spans = new Map<string, Intl.RelativeTimeFormat>();

function dated(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${Object.entries(options).flat().join(" ")}`;
  const format = dates.get(key) ?? new Intl.DateTimeFormat(locale, options);
  dates.set(key, format);
  return format;
}

function spanned(locale: string, options: Intl.RelativeTimeFormatOptions): Intl.RelativeTimeFormat {
  const key = `${locale} ${Object.entries(options).flat().join(" ")}`;
  const format = spans.get(key) ?? new Intl.RelativeTimeFormat(locale, options);
  spans.set(key, format);
  return format;
}

export function exact(locale: string, iso: string): string {
  return dated(locale, { dateStyle: "full", timeStyle: "medium" }).format(new Date(iso));
}

export function clock(locale: string, iso: string): string {
  return dated(locale, { hour: "numeric", minute: "2-digit" }).format(new Date(iso));
}

/** "now", "5 min", "3 hr", "2 days ago" in the shortest form a list has room for. */
export function ago(locale: string, iso: string, now: number): string {
  const seconds = Math.round((now - Date.parse(iso)) / 1000);
  if (seconds < 45) return spanned(locale, { numeric: "auto", style: "narrow" }).format(0, "second");
  const format = spanned(locale, { numeric: "always", style: "narrow" });
  if (seconds < 45 * MINUTE) return format.format(-Math.max(1, Math.round(seconds / MINUTE)), "minute");
  if (seconds < 22 * HOUR) return format.format(-Math.max(1, Math.round(seconds / HOUR)), "hour");
  if (seconds < 7 * DAY) return format.format(-Math.max(1, Math.round(seconds / DAY)), "day");
  return dated(locale, { day: "numeric", month: "short" }).format(new Date(iso));
}

/** "2 hours 5 minutes" until a moment; null once it has passed. */
export function left(locale: string, iso: string, now: number): string | null {
  const seconds = Math.floor((Date.parse(iso) - now) / 1000);
  if (seconds <= 0) return null;
  const [hours, minutes] = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / MINUTE)];
  const unit = (value: number, name: "hour" | "minute" | "second") =>
    new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  if (hours > 0) return `${unit(hours, "hour")} ${unit(minutes, "minute")}`;
  return minutes > 0 ? unit(minutes, "minute") : unit(seconds, "second");
}

/** Which day a moment belongs to, in the reader's zone: equal for equal days. */
export function dayKey(iso: string): string {
  const at = new Date(iso);
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}

/** "Today", "Yesterday", else the date. */
export function dayName(locale: string, iso: string, now: number): string {
  const at = new Date(iso);
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(at) - midnight(new Date(now))) / 86_400_000);
  if (days === 0 || days === -1) {
    const word = spanned(locale, { numeric: "auto" }).format(days, "day");
    return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
  }
  const sameYear = at.getFullYear() === new Date(now).getFullYear();
  const style: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  return dated(locale, sameYear ? style : { ...style, year: "numeric" }).format(at);
}
