-- The deployment's own: which processes live, and what runs by the clock. No tenant may read either.
create table hub.process (
  id uuid primary key,
  role text not null,
  host text not null,
  pid integer not null,
  version text not null,
  facts jsonb not null default '{}',   -- what the process tells of itself: numbers, no names of anybody
  draining boolean not null default false,
  started_at timestamptz not null,
  seen_at timestamptz not null default now()
);
create table hub.schedule (
  name text primary key,
  every interval not null,
  due_at timestamptz not null default now(),
  owner uuid,
  lease_until timestamptz,
  runs bigint not null default 0,
  failures integer not null default 0, -- in a row
  started_at timestamptz,
  finished_at timestamptz,
  error text,
  result jsonb not null default '{}'
);
alter table hub.process enable row level security;
alter table hub.process force row level security;
alter table hub.schedule enable row level security;
alter table hub.schedule force row level security;
grant insert, delete on hub.process to hub_sysfn;
grant insert on hub.schedule to hub_sysfn;
select hub.open_to_system('process', 'facts, draining, seen_at');
select hub.open_to_system('schedule',
  'every, due_at, owner, lease_until, runs, failures, started_at, finished_at, error, result');

create index job_list on hub.job(created_at desc, id desc);
create index job_failed on hub.job(created_at desc, id desc) where state = 'failed';
create index job_settled on hub.job(finished_at) where finished_at is not null;
create index event_at on hub.event(at);
create index webhook_delivery_settled on hub.webhook_delivery(finished_at) where finished_at is not null;
create index idempotency_age on hub.idempotency(created_at);

-- What is kept for a time only, and what a person may do to a job.
grant update (error, finished_at) on hub.job to hub_sysfn;
grant delete on hub.job, hub.event, hub.webhook_delivery, hub.idempotency to hub_sysfn;
select hub.open_to_system('idempotency', '');

grant select on hub.schema_version to hub_app; -- a number, which the system page tells
