import type { Texts } from "../speech";
import * as account from "./account";
import * as desk from "./desk";
import * as frame from "./frame";

export const de: Texts = { ...frame, ...desk, ...account };
