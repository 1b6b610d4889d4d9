import type { OwnTexts } from ".";

export const hours: OwnTexts["hours"] = {
  special: "Abweichende Tage",
  specialText: "Feiertage und andere Tage, an denen die Zeiten oben nicht gelten.",
  day: "Tag",
  name: "Name (freiwillig)",
  opens: "Offen ab (leer: geschlossen)",
  closes: "Zu ab",
  add: "Tag hinzufügen",
  file: "Aus einer Kalenderdatei",
  fileText: "Eine Datei mit Feiertagen (iCalendar, .ics). Ihre ganzen Tage werden hier gezeigt, bevor etwas übernommen wird.",
  found: { one: "{n} neuer Tag gefunden", other: "{n} neue Tage gefunden" },
  noneFound: "Die Datei enthält ab heute keinen ganzen Tag, der nicht schon hier steht.",
  take: "An diesen Tagen schließen",
  another: "Noch eine Spanne",
  more: "{day}: noch eine Spanne",
  less: "{day}: Spanne {n} entfernen",
};
