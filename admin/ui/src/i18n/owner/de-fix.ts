import type { OwnTexts } from ".";

export const fix: OwnTexts["fix"] = {
  title: "Hier richtigstellen",
  addAnswer: "Antwort hinzufügen",
  editPassage: "Passage berichtigen",
  question: "Frage",
  questionText: "So, wie danach gefragt wird.",
  answer: "Antwort",
  answerText: "Was der Bot wissen soll. Er antwortet in eigenen Worten und zitiert diese.",
  which: "Welche Passage?",
  passage: "Passage",
  passageText: "Sie steht in {title}. Das Dokument wird mit diesen Worten neu gelesen.",
  passageGone: "Diese Passage wurde seither ersetzt. Stellen Sie die Frage noch einmal, um zu sehen, was jetzt antwortet.",
  trial: "Probe",
  try: "Erst ausprobieren",
  publish: "Veröffentlichen",
  published: "Veröffentlicht. Der Bot antwortet gleich danach.",
};
