// German words of the pages that set the hub up.
import type { OwnTexts } from ".";
import * as channels from "./de-channels";
import * as knowledge from "./de-knowledge";
import * as integrations from "./de-integrations";
import * as safety from "./de-safety";
import * as insight from "./de-insight";
import * as bot from "./de-bot";
import * as platform from "./de-platform";
import * as bubble from "./de-bubble";
import * as usage from "./de-usage";
import * as evaluation from "./de-evaluation";
import * as fix from "./de-fix";
import * as contest from "./de-contest";
import * as indexing from "./de-indexing";
import * as hours from "./de-hours";
import * as owner from "./de-owner";

export const words: OwnTexts = { ...owner, ...channels, ...knowledge, ...integrations, ...safety, ...insight, ...bot, ...platform, ...bubble, ...usage, ...fix, ...evaluation, ...indexing, ...contest, ...hours };
