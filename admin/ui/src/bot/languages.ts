/** Languages to choose from where one must be named; any other can be set over REST. */
export const LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "ar", "zh"];

/** A language as its own speakers call it. */
export const languageName = (code: string) => new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
