-- Who works on conversations holds a lock on a connection of its own, as long as it lives. The database knows at once
-- when a process has ended, so nobody has to wait for the end of its leases. A hint, and no more: who has a lease is told
-- by the lease and its epoch alone.
create table hub.presence (
  owner uuid primary key,              -- of leases; one a process
  missed_at timestamptz                -- since when nobody holds its lock
);
alter table hub.presence enable row level security;
alter table hub.presence force row level security;
grant insert, delete on hub.presence to hub_sysfn;
select hub.open_to_system('presence', 'missed_at');
grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

-- Shared, so that two owners of one hash never wait for each other. 7001 is this lock's name among advisory locks.
create function hub_cross.be_present(p_owner uuid) returns void
language plpgsql security definer set search_path = hub, pg_temp as $$
begin
  perform pg_advisory_lock_shared(7001, hashtext(p_owner::text));
  insert into presence(owner) values (p_owner) on conflict (owner) do update set missed_at = null;
end $$;

-- The conversations of owners that are missed for longer than p_settle become due, save those under which more than
-- p_crashes processes ended: these wait for the end of their lease, so that they do not use up their tries in a moment.
-- How many became due. One that somebody else holds just now is left for the next look.
create function hub_cross.take_from_missed(p_settle interval, p_crashes int) returns int
language plpgsql security definer set search_path = hub, pg_temp as $$
declare
  gone uuid[];
  freed int;
begin
  with seen as (
    select p.owner, exists (
        select 1 from pg_locks l
         where l.locktype = 'advisory' and l.granted and l.classid = 7001 and l.objsubid = 2
           and l.database = (select d.oid from pg_database d where d.datname = current_database())
           and l.objid = hashtext(p.owner::text)::oid) as here
      from presence p),
  changed as (select s.owner, s.here from seen s join presence p on p.owner = s.owner
               where s.here = (p.missed_at is not null))
  update presence p set missed_at = case when c.here then null else now() end
    from changed c where p.owner = c.owner;
  gone := array(select p.owner from presence p where p.missed_at <= now() - p_settle);
  if cardinality(gone) = 0 then
    return 0;
  end if;
  with theirs as (
    select c.id from conversation c
     where c.lease_owner = any(gone) and c.due_at > now() and c.attempts - c.survived <= p_crashes
       for update skip locked)
  update conversation c set due_at = now() from theirs where c.id = theirs.id;
  get diagnostics freed = row_count;
  delete from presence p where p.owner = any(gone) and not exists (
    select 1 from conversation c
     where c.lease_owner = p.owner and c.due_at > now() and c.attempts - c.survived <= p_crashes);
  return freed;
end $$;

revoke all on function hub_cross.be_present(uuid), hub_cross.take_from_missed(interval, int) from public;
grant execute on function hub_cross.be_present(uuid), hub_cross.take_from_missed(interval, int) to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
