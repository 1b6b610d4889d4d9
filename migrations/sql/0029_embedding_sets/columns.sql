-- Sets of vectors tell why they stand still; documents tell how their chunks were cut.
alter table hub.embedding_set add column error text;
alter table hub.document add column chunking text not null default 'structure/220/30';  -- as all were until now
