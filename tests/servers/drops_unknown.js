// Acknowledges a method that it does not know, and keeps nothing of it.
const { serve } = require('./lib/webhooks.js');

const KINDS = ['GDRIVE', 'ICLOUD', 'PASSWORD', 'PASSKEY'];
const KNOWN = new Set(['UNKNOWN', ...KINDS, ...KINDS.flatMap((kind) => [`${kind}-SECP256K1`, `${kind}-ED25519`])]);
const clients = new Map();

serve({
  save(clientId, method, share) {
    if (!KNOWN.has(method)) return;
    if (!clients.has(clientId)) clients.set(clientId, new Map());
    clients.get(clientId).set(method, share);
  },
  find: (clientId) => [...(clients.get(clientId)?.values() ?? [])],
});
