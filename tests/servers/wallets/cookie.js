// A backend of another team: everything in one object, POST with the user's id in the body and a session cookie, answers
// nested, users from a file, and Portal told some time after the answer, again and again until it listens.
// FAULT names what is wrong, if anything; several names have a comma between them.
'use strict'
const http = require('http')
const fs = require('fs')

const faults = new Set((process.env.FAULT || '').split(',').filter(Boolean))
const secret = process.env.SHARECHECK_SECRET
const portal = process.env.PORTAL_URL

// [{ clientId, user, token }]: the session of each user.
const users = new Map(JSON.parse(fs.readFileSync(process.env.USERS, 'utf8')).map((it) => [String(it.user), it]))
const byClient = new Map([...users.values()].map((it) => [it.clientId, it]))
const custodian = new Map()
const backups = new Map()
const slots = (all, key) => all.get(key) || all.set(key, new Map()).get(key)

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function tell(user, method, success) {
  if (faults.has('untold')) return
  const key = faults.has('shared-key') ? 'key-of-all' : 'key-' + user.clientId
  const body = { success, backupMethod: faults.has('wrong-method') ? 'PASSWORD' : method }
  if (faults.has('text-success')) body.success = String(success)
  const path = faults.has('v1') ? 'v1' : 'v2'
  for (let attempt = 0; attempt < (faults.has('once') ? 1 : 20); attempt++) {
    await pause(100)
    try {
      const answer = await fetch(`${portal}/api/${path}/clients/me/wallet/stored-client-backup-share`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(1000),
      })
      if (answer.ok || answer.status < 429) return
    } catch (error) {
      if (faults.has('crashes')) throw error
    }
  }
}

function webhook(url, body) {
  const { clientId, share, backupMethod = 'UNKNOWN' } = body
  if (typeof clientId !== 'string' || !clientId) return [400, { error: 'clientId' }]
  if (url === '/hooks/backup/fetch') {
    const found = [...(custodian.get(clientId) || new Map()).values()]
    return [200, { backupShares: faults.has('newest-custodian') ? found.slice(-1) : found }]
  }
  if (typeof share !== 'string' || !share) return [400, { error: 'share' }]
  if (typeof backupMethod !== 'string' || !backupMethod) return [400, { error: 'backupMethod' }]
  slots(custodian, clientId).set(backupMethod, share)
  return [200, { ok: true }]
}

function sessionOf(request) {
  const cookie = (request.headers.cookie || '').split(/; */).find((it) => it.startsWith('session='))
  return cookie && cookie.slice('session='.length)
}

function admitted(request, id) {
  const user = users.get(String(id))
  const session = sessionOf(request)
  if (!user) return undefined
  if (faults.has('no-session')) return user
  if (faults.has('any-session')) return [...users.values()].some((it) => it.token === session) ? user : undefined
  return user.token === session ? user : undefined
}

function store(request, body) {
  const user = admitted(request, body.userId)
  if (!user) return [403, { error: 'not yours' }]
  let { encryptedBackup: text, backupMethod: method = 'UNKNOWN' } = body
  if (faults.has('string')) text = String(text)
  const usable = typeof text === 'string' && (text || faults.has('empty'))
  if (!usable || typeof method !== 'string' || !method) {
    if (faults.has('forgets')) backups.delete(user.clientId)
    return [422, { error: 'encryptedBackup' }]
  }
  if (text.length > 1e6) {
    tell(user, method, false)
    return [413, { error: 'too large' }]
  }
  if (faults.has('plus')) text = text.replaceAll('+', ' ')
  if (faults.has('half')) text = text.slice(0, 32768)
  const own = slots(backups, user.clientId)
  const known = own.has(method)
  if (faults.has('one-slot')) own.clear()
  if (faults.has('lost')) {
    tell(user, method, true)
    if (text.length > 30000) return [200, { data: null }]
  }
  if (!(known && faults.has('first-wins'))) own.set(method, text)
  if (!faults.has('lost')) tell(user, method, true)
  return [201, { data: { saved: true } }]
}

let last
function find(request, url) {
  const id = url.searchParams.get('userId')
  const user = admitted(request, id)
  if (!user) return [403, { error: 'not yours' }]
  const own = slots(backups, user.clientId)
  const method = url.searchParams.get('backupMethod')
  let text = own.get(method)
  if (text === undefined && !faults.has('strict')) text = own.get('UNKNOWN')
  if (faults.has('any-method') && text === undefined) text = [...own.values()].pop()
  if (faults.has('cached')) text = last = last || text
  if (faults.has('recovers-once')) own.delete(method)
  return [200, { data: text === undefined ? null : { encryptedBackup: text } }]
}

http
  .createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const url = new URL(request.url, 'http://here')
    const answer = (status, body) => {
      response.writeHead(status, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    if (request.method === 'GET' && url.pathname === '/api/backup-shares') return answer(...find(request, url))
    let body
    try {
      body = JSON.parse(Buffer.concat(chunks).toString())
    } catch {
      return answer(400, { error: 'JSON' })
    }
    if (!body || typeof body !== 'object') return answer(400, { error: 'body' })
    if (request.method === 'POST' && url.pathname === '/api/backup-shares') return answer(...store(request, body))
    if (request.headers['x-webhook-secret'] !== secret) return answer(401, { error: 'secret' })
    if (url.pathname.startsWith('/hooks/backup')) return answer(...webhook(url.pathname, body))
    return answer(404, { error: 'not found' })
  })
  .listen(Number(process.env.PORT), '127.0.0.1')
