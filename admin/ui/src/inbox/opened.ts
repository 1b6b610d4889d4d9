// What an open conversation needs, fetched when the first one is opened.
export { Details } from "./Details";
export { ThreadPane } from "./ThreadPane";
