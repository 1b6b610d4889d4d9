-- What colleagues were told and neither saw nor got by mail, for those who want mails at all.
create index notification_unmailed on hub.notification(at) where seen_at is null and mailed_at is null;
select hub.open_to_system('notification', '');
select hub.open_to_system('notification_setting', '');

grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

-- Who may have a mail to get: those with something older than a while. They come in order, from after one on.
create function hub_cross.notice_readers(older interval, p_tenant uuid, p_person text, n integer)
returns table(tenant_id uuid, person text)
language sql security definer set search_path = hub, pg_temp as $$
 select s.tenant_id, s.person from notification_setting s
  where (s.tenant_id, s.person) > (p_tenant, p_person)
    and (s.settings->>'digest' in ('hourly', 'daily')
         or jsonb_path_exists(s.settings, '$.kinds.*.mail ? (@ == true)'))
    and exists (select from notification x where x.tenant_id = s.tenant_id and x.person = s.person
                   and x.seen_at is null and x.mailed_at is null and x.at < now() - older)
  order by s.tenant_id, s.person limit n $$;

revoke all on function hub_cross.notice_readers(interval, uuid, text, integer) from public;
grant execute on function hub_cross.notice_readers(interval, uuid, text, integer) to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
