// The panels' words. They come with the panels, so that the app stays small.

export const en = {
  download: "Download this conversation",
  soundOn: "Sound on",
  soundOff: "Sound off",
  forget: "Delete my data",
  forgetSure: "Delete everything I wrote? It cannot be undone.",
  newConversation: "New conversation",
  findConversation: "Find words in your conversations",
  noConversations: "No conversations yet. What you ask will be kept here.",
  nothingFound: "Nothing found for these words.",
  untitled: "Untitled conversation",
  unreadCount: "{n} new",
  rename: "Rename {title}",
  titleOf: "Title",
  save: "Save",
  remove: "Delete {title}",
  removeSure: "Delete this conversation for good?",
  reallyRemove: "Delete",
  back: "Back to the conversation",
  loading: "Loading",
  current: "Open now",
};

export type PanelTexts = typeof en;
