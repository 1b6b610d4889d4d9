-- Websites a tenant has read page by page, and how far each page is.
create table hub.source (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  kind text not null default 'website' check (kind in ('website')),
  url text not null,
  name text not null,
  context_id uuid,
  max_depth integer not null default 3 check (max_depth between 0 and 20),
  max_pages integer not null default 200 check (max_pages between 1 and 10000),
  every_hours integer check (every_hours between 1 and 8760), -- null: only when asked
  state text not null default 'idle' check (state in ('idle', 'running', 'paused')),
  run integer not null default 0,           -- counts the starts; work of an older run stops
  error text,                               -- why the last run could not read the site, in words
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, url),
  foreign key (tenant_id, context_id) references hub.context(tenant_id, id) on delete set null (context_id)
);

create table hub.source_page (
  tenant_id uuid not null,
  source_id uuid not null,
  url text not null,
  depth integer not null,
  state text not null default 'waiting' check (state in ('waiting', 'read', 'unchanged', 'skipped', 'failed')),
  run integer not null,                     -- in which it was last found
  document_id uuid,
  etag text,
  modified text,                            -- Last-Modified, as sent
  note text,                                -- why it was skipped or failed, in words
  fetched_at timestamptz,
  primary key (tenant_id, source_id, url),
  foreign key (tenant_id, source_id) references hub.source(tenant_id, id) on delete cascade
);
create index source_page_waiting on hub.source_page(tenant_id, source_id, depth) where state = 'waiting';

select hub.protect_tenant_table(name) from unnest(array['source', 'source_page']) as name;
