-- What a tenant lets its models cost, what was used of it, and what calls under way have put aside.
alter table hub.usage
  add column channel_id uuid,
  add column cached_tokens integer not null default 0,
  add column cache_writes integer not null default 0;
create index usage_conversation on hub.usage(tenant_id, conversation_id, at) where conversation_id is not null;

create table hub.budget (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  scope text not null check (scope in ('tenant', 'channel', 'conversation', 'contact')),
  subject_id uuid,                          -- which channel, conversation or contact; null: each of them by itself
  period text not null check (period in ('day', 'month')),
  unit text not null check (unit in ('usd', 'tokens')),
  amount numeric(18, 9) not null check (amount > 0),
  warn_at integer[] not null default '{50,80,100}', -- percent
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique nulls not distinct (tenant_id, scope, subject_id, period, unit),
  check (scope <> 'tenant' or subject_id is null)
);

create table hub.budget_use (
  tenant_id uuid not null,
  budget_id uuid not null,
  subject_id uuid not null,                 -- of a budget for the whole tenant: the tenant
  began date not null,                      -- first day of the period, UTC
  spent numeric(18, 9) not null default 0,
  held numeric(18, 9) not null default 0,   -- the sum of budget_hold
  told integer not null default 0,          -- the highest warning given, percent
  primary key (tenant_id, budget_id, subject_id, began),
  foreign key (tenant_id, budget_id) references hub.budget(tenant_id, id) on delete cascade
);

create table hub.budget_hold (
  tenant_id uuid not null,
  hold_id uuid not null,                    -- one a call
  budget_id uuid not null,
  subject_id uuid not null,
  began date not null,
  amount numeric(18, 9) not null,
  expires_at timestamptz not null,
  primary key (tenant_id, hold_id, budget_id),
  foreign key (tenant_id, budget_id, subject_id, began) references hub.budget_use on delete cascade
);
create index budget_hold_use on hub.budget_hold(tenant_id, budget_id, subject_id, began);

-- Answers to first questions that rested on sources alone, for when there is no money for a new one.
create table hub.kept_answer (
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  key bytea not null,                       -- hash of the whole prompt, the sources found included
  thought jsonb not null,
  at timestamptz not null default now(),
  primary key (tenant_id, key)
);
create index kept_answer_age on hub.kept_answer(tenant_id, at);

select hub.protect_tenant_table(name)
  from unnest(array['budget', 'budget_use', 'budget_hold', 'kept_answer']) as name;
