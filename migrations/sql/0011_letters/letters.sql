-- Mails on their way. They hold links that sign people in: sealed, gone once sent, and for hub_cross alone.
create table hub.letter (
  id uuid primary key,
  recipient text not null,
  kind text not null,
  sealed bytea,                -- subject and text, encrypted; null once it was sent or given up
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz default now(),
  error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index letter_due on hub.letter(due_at) where due_at is not null;
alter table hub.letter enable row level security;
alter table hub.letter force row level security;
grant select, insert, delete on hub.letter to hub_sysfn;
select hub.open_to_system('letter', 'sealed, state, attempts, due_at, error, finished_at');

grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

create function hub_cross.add_letter(id uuid, recipient text, kind text, sealed bytea) returns void
language sql security definer set search_path = hub, pg_temp as $$
 insert into letter(id, recipient, kind, sealed)
 values (add_letter.id, add_letter.recipient, add_letter.kind, add_letter.sealed) $$;

create function hub_cross.claim_letters(most integer, lease interval)
returns table(id uuid, recipient text, kind text, sealed bytea, attempts integer)
language sql security definer set search_path = hub, pg_temp as $$
 update letter l set attempts = l.attempts + 1, due_at = now() + lease
  where l.id in (select d.id from letter d where d.due_at <= now() order by d.due_at limit most for update skip locked)
 returning l.id, l.recipient, l.kind, l.sealed, l.attempts $$;

-- The end of one try: sent (no error), to be tried again after a while, or given up (no while).
create function hub_cross.end_letter(p_id uuid, p_attempts integer, p_error text, p_again interval) returns void
language sql security definer set search_path = hub, pg_temp as $$
 update letter set
   state = case when p_error is null then 'sent' when p_again is null then 'dead' else 'waiting' end,
   sealed = case when p_again is null then null else sealed end,
   due_at = now() + p_again, error = p_error, finished_at = case when p_again is null then now() end
  where id = p_id and attempts = p_attempts and state = 'waiting';
 delete from letter where finished_at < now() - interval '30 days' $$;

revoke all on function hub_cross.add_letter(uuid, text, text, bytea), hub_cross.claim_letters(integer, interval),
  hub_cross.end_letter(uuid, integer, text, interval) from public;
grant execute on function hub_cross.add_letter(uuid, text, text, bytea), hub_cross.claim_letters(integer, interval),
  hub_cross.end_letter(uuid, integer, text, interval) to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
