// Makes a test client with Prisma and takes it away again. For sharecheck:
//   sharecheck run --provision 'node examples/provision/prisma/test-client.cjs' …
// DATABASE_URL comes from the environment, as everywhere with Prisma. The models are those of Portal's
// multi-backup guide; change them to yours.
const { PrismaClient } = require("@prisma/client");

async function main() {
  const { action, kind, idempotencyKey, share } = JSON.parse(await text(process.stdin));
  // The key is the id: the same request gives the same client, and a teardown needs nothing else.
  const clientId = `sharecheck-${idempotencyKey}`;
  const prisma = new PrismaClient();
  try {
    if (action === "setup") {
      await prisma.user.upsert({
        where: { clientId },
        update: {},
        create: {
          clientId,
          clientApiKey: `no-key-${clientId}`,
          ...(kind === "with-v5-share" && { custodianBackupShares: { create: [{ share }] } }),
        },
      });
    } else {
      await prisma.$transaction([
        prisma.custodianBackupShare.deleteMany({ where: { user: { clientId } } }),
        prisma.user.deleteMany({ where: { clientId } }),
      ]);
    }
  } finally {
    await prisma.$disconnect();
  }
  console.log(JSON.stringify({ clientId }));
}

async function text(stream) {
  let all = "";
  for await (const chunk of stream.setEncoding("utf8")) all += chunk;
  return all;
}

main().catch((error) => {
  // sharecheck shows what stands on standard error.
  console.error(error.message);
  process.exitCode = 1;
});
