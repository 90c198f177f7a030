// Replaces by a delete and an insert, each awaited, without a transaction.
const { serve } = require('./lib/webhooks.js');

let rows = [];
const query = async (run) => {
  await new Promise((done) => setTimeout(done, 1));
  return run();
};

async function save(clientId, method, share) {
  await query(() => {
    rows = rows.filter((row) => row.clientId !== clientId || row.method !== method);
  });
  await query(() => rows.push({ clientId, method, share }));
}

async function find(clientId) {
  return query(() => rows.filter((row) => row.clientId === clientId).map((row) => row.share));
}

serve({ save, find });
