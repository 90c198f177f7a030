// The client is looked up by a regular expression made of its id, as with `$regex` in Mongoose.
const { serve } = require('./lib/webhooks.js');

const documents = [];

async function save(clientId, backupMethod, share) {
  const found = documents.find((it) => it.clientId === clientId && it.backupMethod === backupMethod);
  if (found) found.share = share;
  else documents.push({ clientId, backupMethod, share });
}

async function find(clientId) {
  const pattern = new RegExp(`^${clientId}$`);
  return documents.filter((it) => pattern.test(it.clientId)).map((it) => it.share);
}

serve({ save, find });
