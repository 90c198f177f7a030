-- One transaction: a client is there with all that belongs to it, or not at all.
begin;

-- The idempotency key is the client's id: the same request gives the same client, and the teardown finds it
-- even if the answer to its set-up never arrived.
create temporary table wanted on commit drop as
select it ->> 'action' as action, it ->> 'kind' as kind, it ->> 'share' as share,
       'sharecheck-' || (it ->> 'idempotencyKey') as client
from (select (:'request')::json as it) as request;

insert into "User" ("id", "clientId", "clientApiKey")
select client, client, 'no-key-' || client from wanted where action = 'setup'
on conflict ("clientId") do nothing;

insert into "CustodianBackupShare" ("id", "userId", "share")
select client, client, share from wanted where action = 'setup' and kind = 'with-v5-share'
on conflict do nothing;

delete from "CustodianBackupShare" where "userId" in (select client from wanted where action = 'teardown');
delete from "User" where "id" in (select client from wanted where action = 'teardown');

select json_build_object('clientId', client) from wanted;
commit;
