import type { Texts } from "../speech";
import * as account from "./account";
import * as desk from "./desk";
import * as frame from "./frame";
import * as kept from "./kept";

export const de: Texts = { ...frame, ...desk, ...kept, ...account };
