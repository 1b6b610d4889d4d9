-- Judged questions by which a tenant measures its bot.
create table hub.evaluation_set (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  name text not null,
  description text not null default '',
  thresholds jsonb not null default '{}',       -- {figure: bound}
  blocks boolean not null default false,        -- no version of the prompt is put to use that does not reach them
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, name)
);

create table hub.evaluation_case (
  id uuid primary key,
  tenant_id uuid not null,
  set_id uuid not null,
  question text not null,
  expect text not null check (expect in ('answer', 'refusal', 'undecided')),
  sources jsonb not null default '[]',          -- documents by external id, id or title: any of them answers it
  note text not null default '',
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, set_id, question),
  foreign key (tenant_id, set_id) references hub.evaluation_set(tenant_id, id) on delete cascade
);

create table hub.evaluation_run (
  id uuid primary key,
  tenant_id uuid not null,
  set_id uuid not null,
  prompt_id uuid,                               -- null: what was in use
  prompt integer,                               -- the version's number, as it answered
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
  done integer not null default 0,
  total integer not null default 0,
  figures jsonb not null default '{}',
  missed jsonb not null default '[]',           -- [{figure, bound, value}]
  passed boolean,
  error text,
  started_by text not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, set_id) references hub.evaluation_set(tenant_id, id) on delete cascade,
  foreign key (tenant_id, prompt_id) references hub.prompt(tenant_id, id) on delete cascade
);
create index evaluation_run_list on hub.evaluation_run(tenant_id, set_id, id desc);

create table hub.evaluation_outcome (
  tenant_id uuid not null,
  run_id uuid not null,
  place integer not null,
  case_id uuid not null,                        -- no foreign key: a run outlives its cases
  question text not null,
  expect text not null,
  kind text not null check (kind in ('answered', 'refused', 'handed_over')),
  good boolean not null,
  text text not null,
  cited jsonb not null default '[]',            -- titles
  ungrounded jsonb not null default '[]',       -- sentences that no passage bears out
  support real,
  found_at integer,                             -- the place of the first right passage in the search
  seconds real not null,
  model text,
  primary key (tenant_id, run_id, place),
  foreign key (tenant_id, run_id) references hub.evaluation_run(tenant_id, id) on delete cascade
);

select hub.protect_tenant_table(name)
  from unnest(array['evaluation_set', 'evaluation_case', 'evaluation_run', 'evaluation_outcome']) as name;
