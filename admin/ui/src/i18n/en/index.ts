// English: the measure for every other language. One room of words for each part of the desk.
import * as account from "./account";
import * as desk from "./desk";
import * as frame from "./frame";
import * as kept from "./kept";

export const en = { ...frame, ...desk, ...kept, ...account };
