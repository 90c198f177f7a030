//! Databases of each engine: what the catalogue tells, what rows tell, and who may look.

mod database;
mod facts;
mod server;

mod access;
mod mariadb;
mod marked;
#[cfg(feature = "mongodb")]
mod mongodb;
mod postgres;
mod rows;
mod sqlite;
mod verdicts;
