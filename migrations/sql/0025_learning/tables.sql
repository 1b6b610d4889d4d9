-- Questions with their answers: found in conversations that colleagues answered, or written by hand. Approved ones are
-- documents, and answered from like any other.
create table hub.qa_pair (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  question text not null,
  answer text not null,
  language text,
  state text not null default 'proposed' check (state in ('proposed', 'approved', 'rejected')),
  personal boolean not null default false,   -- something that may be about one customer was blotted out
  document_id uuid,                          -- the document it became
  decided_by text,
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, document_id) references hub.document(tenant_id, id) on delete set null (document_id)
);
create index qa_pair_list on hub.qa_pair(tenant_id, state, id desc);
create index qa_pair_document on hub.qa_pair(tenant_id, document_id) where document_id is not null;

-- Where a pair was found: each colleague's answer once.
create table hub.qa_sighting (
  tenant_id uuid not null,
  message_id uuid not null,                  -- the colleague's answer
  pair_id uuid not null,
  conversation_id uuid not null,
  primary key (tenant_id, message_id),
  foreign key (tenant_id, pair_id) references hub.qa_pair(tenant_id, id) on delete cascade,
  foreign key (tenant_id, message_id) references hub.message(tenant_id, id) on delete cascade,
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create index qa_sighting_pair on hub.qa_sighting(tenant_id, pair_id);
create index qa_sighting_conversation on hub.qa_sighting(tenant_id, conversation_id);

-- What an indexing changed in a document that had been indexed before. Of long lists only the beginning is kept.
create table hub.document_change (
  id uuid primary key,
  tenant_id uuid not null,
  document_id uuid not null,
  version integer not null,
  kept integer not null,
  added integer not null,
  removed integer not null,
  new_passages jsonb not null,               -- [{chunk_id, heading, text}]
  old_passages jsonb not null,
  gone uuid[] not null,                      -- the chunks that are no more, all of them
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, document_id, version),
  foreign key (tenant_id, document_id) references hub.document(tenant_id, id) on delete cascade
);

-- Finds the answers that rest on a document.
create index message_cited on hub.message using gin (citations jsonb_path_ops) where citations <> '[]';

select hub.protect_tenant_table(name) from unnest(array['qa_pair', 'qa_sighting', 'document_change']) as name;
