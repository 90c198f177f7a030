//! The printed mend, on real databases.

mod databases;
