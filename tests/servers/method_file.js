// A file for each method of a client, in memory, by a path that the method goes into as it comes.
const path = require('node:path');
const { serve } = require('./lib/webhooks.js');

const files = new Map();

async function save(clientId, method, share) {
  const name = path.posix.join(method);
  files.set(clientId, (files.get(clientId) ?? new Map()).set(name, share));
}

async function find(clientId) {
  return [...(files.get(clientId)?.values() ?? [])];
}

serve({ save, find });
