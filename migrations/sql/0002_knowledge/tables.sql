-- What a tenant knows: contexts, documents, their chunks, term statistics, embeddings.
create table hub.context (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  name text not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, name)
);

create table hub.document (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  context_id uuid,
  external_id text,
  title text not null,
  url text,
  name text not null default '',            -- of the file
  mime text not null default '',
  size bigint not null default 0,           -- bytes
  language text,
  metadata jsonb not null default '{}',
  blob_key text,
  content_hash bytea not null,              -- of the bytes last given
  indexed_hash bytea,                       -- of the bytes that the chunks were made from
  version integer not null default 0,       -- of the chunks; 0: none yet
  chunk_count integer not null default 0,
  status text not null default 'queued' check (status in ('queued', 'processing', 'ready', 'failed')),
  progress real not null default 0 check (progress between 0 and 1),
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, context_id) references hub.context(tenant_id, id) on delete cascade
);
create unique index document_external on hub.document(tenant_id, external_id) where external_id is not null;
create index document_hash on hub.document(tenant_id, content_hash);
create index document_context on hub.document(tenant_id, context_id);
create index document_language on hub.document(tenant_id, language);

create table hub.chunk (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  document_id uuid not null,
  version integer not null,
  position integer not null,
  start_at integer not null,                -- characters into the document's text
  end_at integer not null,
  text text not null,
  heading text[] not null default '{}',
  page integer,
  hash bytea not null,                      -- of the text as embedded: heading and chunk
  tsv tsvector not null,
  dl integer not null,                      -- length in lexemes
  unique (tenant_id, id),
  unique (tenant_id, document_id, version, position),
  foreign key (tenant_id, document_id) references hub.document(tenant_id, id) on delete cascade
);
create index chunk_tsv on hub.chunk using gin (tsv);

create table hub.term_df (
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  lexeme text not null,
  df bigint not null,                       -- chunks it occurs in
  primary key (tenant_id, lexeme)
);
create table hub.bm_stat (
  tenant_id uuid primary key references hub.tenant(id) on delete cascade,
  n bigint not null,                        -- chunks
  total bigint not null                     -- lexemes in them
);

create table hub.embedding_set (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  model text not null,
  dims integer not null,                    -- as the model gives them
  stored_dims integer not null,             -- as stored, padded with zeros to an indexed size
  active boolean not null default false,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, model)
);
create unique index embedding_set_active on hub.embedding_set(tenant_id) where active;

create table hub.embedding (
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  set_id uuid not null,
  chunk_id uuid not null,
  document_id uuid not null,
  dims integer not null,
  vector halfvec not null,
  primary key (tenant_id, set_id, chunk_id),
  foreign key (tenant_id, chunk_id) references hub.chunk(tenant_id, id) on delete cascade,
  foreign key (tenant_id, set_id) references hub.embedding_set(tenant_id, id) on delete cascade
);
create index embedding_chunk on hub.embedding(tenant_id, chunk_id);
create index embedding_384 on hub.embedding using hnsw ((vector::halfvec(384)) halfvec_cosine_ops) where dims = 384;
create index embedding_768 on hub.embedding using hnsw ((vector::halfvec(768)) halfvec_cosine_ops) where dims = 768;
create index embedding_1024 on hub.embedding using hnsw ((vector::halfvec(1024)) halfvec_cosine_ops) where dims = 1024;
create index embedding_1536 on hub.embedding using hnsw ((vector::halfvec(1536)) halfvec_cosine_ops) where dims = 1536;
create index embedding_3072 on hub.embedding using hnsw ((vector::halfvec(3072)) halfvec_cosine_ops) where dims = 3072;

-- Keyed by tenant: a shared cache would tell one tenant, by its speed, what another has stored.
create table hub.embedding_cache (
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  model text not null,
  hash bytea not null,
  dims integer not null,                    -- as the model gives them; the vector is padded
  vector halfvec not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, model, hash)
);

select hub.protect_tenant_table(name) from unnest(array[
  'context', 'document', 'chunk', 'term_df', 'bm_stat', 'embedding_set', 'embedding', 'embedding_cache']) as name;

-- Chunks are written once; the statistics are kept by the triggers alone.
revoke update on hub.chunk from hub_app;
revoke insert, update, delete on hub.term_df, hub.bm_stat from hub_app;
select hub.open_to_system(name, '') from unnest(array[
  'document', 'chunk', 'embedding_set', 'embedding']) as name;
select hub.open_to_system('term_df', 'df');
select hub.open_to_system('bm_stat', 'n, total');
grant insert, delete on hub.term_df, hub.bm_stat to hub_sysfn;
