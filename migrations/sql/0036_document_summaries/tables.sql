-- What a document is about, in a few sentences.
alter table hub.document add column summary text;
alter table hub.document add column summary_model text;      -- null: in the document's own sentences
alter table hub.document add column summary_version integer; -- the indexing it was written of
