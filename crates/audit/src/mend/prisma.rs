//! The mend as a diff of a Prisma schema.
