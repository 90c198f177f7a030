// Right, and lets sixty requests in a second.
const { json, serve } = require('./lib/webhooks.js');

const clients = new Map();
let [since, count] = [0, 0];

serve({
  before(req, res) {
    const now = Date.now();
    if (now - since >= 1000) [since, count] = [now, 0];
    count += 1;
    if (count <= 60) return true;
    req.resume();
    res.setHeader('Retry-After', '1');
    json(res, 429, { error: 'too many requests' });
    return false;
  },
  save(clientId, method, share) {
    if (!clients.has(clientId)) clients.set(clientId, new Map());
    clients.get(clientId).set(method, share);
  },
  find: (clientId) => [...(clients.get(clientId)?.values() ?? [])],
});
