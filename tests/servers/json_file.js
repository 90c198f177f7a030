// One JSON file for all clients: each store reads it, changes it, and writes it back whole.
const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const { serve } = require('./lib/webhooks.js');

const file = path.join(os.tmpdir(), `shares-${process.pid}.json`);
let writes = 0;

async function read() {
  try {
    return new Map(JSON.parse(await fs.readFile(file, 'utf8')));
  } catch {
    return new Map();
  }
}

async function save(clientId, method, share) {
  const all = await read();
  const own = new Map(all.get(clientId));
  own.set(method, share);
  all.set(clientId, [...own]);
  writes += 1;
  const draft = `${file}.${writes}`;
  await fs.writeFile(draft, JSON.stringify([...all]));
  await fs.rename(draft, file);
}

async function find(clientId) {
  return [...new Map((await read()).get(clientId)).values()];
}

serve({ save, find });
