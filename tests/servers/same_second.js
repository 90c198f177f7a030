// The newest store wins by its time in whole seconds: a second one within the same second is acknowledged and dropped.
const { serve } = require('./lib/webhooks.js');

const rows = new Map();

serve({
  save(clientId, method, share) {
    const key = JSON.stringify([clientId, method]);
    const at = Math.floor(Date.now() / 1000);
    const held = rows.get(key);
    if (!held || at > held.at) rows.set(key, { clientId, share, at });
  },
  find: (clientId) => [...rows.values()].filter((row) => row.clientId === clientId).map((row) => row.share),
});
