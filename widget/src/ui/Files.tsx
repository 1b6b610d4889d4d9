// What will go with the next message: each file with how far it is, and a way to leave it out.

import type { Upload } from "../files";
import type { Speech } from "../i18n";
import { Icon } from "./icons";

export function Files({ uploads, speech, onRemove }: { uploads: Upload[]; speech: Speech; onRemove(upload: Upload): void }) {
  if (!uploads.length) return null;
  return (
    <ul class="files" aria-label={speech.say("files")}>
      {uploads.map((upload) => (
        <li key={upload.key} data-failed={upload.error ? "" : undefined}>
          <Icon name="clip" small />
          <span class="name">{upload.name}</span>
          <span class="how" role={upload.error ? "alert" : undefined}>
            {upload.error ?? (upload.progress === null ? "" : `${Math.round(upload.progress * 100)} %`)}
          </span>
          <button type="button" class="plain" aria-label={speech.say("removeFile", { name: upload.name })} onClick={() => onRemove(upload)}>
            <Icon name="close" small />
          </button>
        </li>
      ))}
    </ul>
  );
}
