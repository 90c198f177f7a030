// A folder for each client and a file for each method; the id goes into the path as it comes.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { serve } = require('./lib/webhooks.js');

const root = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'shares-')), 'data', 'clients');

async function save(clientId, method, share) {
  const folder = path.join(root, clientId);
  await fs.promises.mkdir(folder, { recursive: true });
  const file = path.join(folder, `${encodeURIComponent(method)}.share`);
  const draft = `${file}.${Math.random()}.tmp`;
  await fs.promises.writeFile(draft, share);
  await fs.promises.rename(draft, file);
}

async function find(clientId) {
  const folder = path.join(root, clientId);
  if (!fs.existsSync(folder)) return [];
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.share'));
  return files.map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
}

serve({ save, find });
