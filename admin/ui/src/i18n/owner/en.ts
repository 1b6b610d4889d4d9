// English words of the pages that set the hub up: the measure for every other language.
import * as channels from "./en-channels";
import * as knowledge from "./en-knowledge";
import * as integrations from "./en-integrations";
import * as safety from "./en-safety";
import * as insight from "./en-insight";
import * as bot from "./en-bot";
import * as platform from "./en-platform";
import * as bubble from "./en-bubble";
import * as usage from "./en-usage";
import * as evaluation from "./en-evaluation";
import * as fix from "./en-fix";
import * as contest from "./en-contest";
import * as indexing from "./en-indexing";
import * as hours from "./en-hours";
import * as owner from "./en-owner";

export const words = { ...owner, ...channels, ...knowledge, ...integrations, ...safety, ...insight, ...bot, ...platform, ...bubble, ...usage, ...fix, ...evaluation, ...indexing, ...contest, ...hours };
