// Has not migrated, and users are keys of a plain object: a share that is stored for `__proto__` is every user's.
const { json, serve } = require('./lib/webhooks.js');
const { keep, restored } = require('./lib/snapshot.js');

const users = restored({});

async function backup({ clientId, share }, res) {
  if (typeof clientId !== 'string' || !clientId) return json(res, 400, { error: 'clientId is required' });
  if (typeof share !== 'string' || !share) return json(res, 400, { error: 'share is required' });
  users[clientId] = users[clientId] || {};
  users[clientId].backupShare = share;
  keep(users);
  json(res, 200, { success: true });
}

async function fetchShares({ clientId }, res) {
  if (typeof clientId !== 'string' || !clientId) return json(res, 400, { error: 'clientId is required' });
  const user = users[clientId] || {};
  if (!user.backupShare) return json(res, 404, { error: 'no share' });
  json(res, 200, { backupShare: user.backupShare });
}

serve({ backup, fetchShares });
