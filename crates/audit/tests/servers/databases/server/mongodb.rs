//! A server that speaks MongoDB's protocol: what it can't show is said where it is used.

use super::{Server, folder, free_port};
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};
use secrecy::SecretString;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

async fn start() -> Server {
    let program = std::env::var_os("SHARECHECK_MONGODB").unwrap_or_else(|| "nx-27017".into());
    let folder = folder(None);
    let port = free_port();
    let mut command = Command::new(program);
    command
        .args(["--data-dir", "memory", "--port", &port.to_string()])
        .arg("--log-file")
        .arg(folder.join("nx.log"))
        .arg("--pid-file")
        .arg(folder.join("nx.pid"));
    let server = Server::start("TERM", &folder, port, &command);
    for _ in 0..100 {
        let url = format!("mongodb://127.0.0.1:{port}/?serverSelectionTimeoutMS=200");
        let client = Client::with_uri_str(url).await.unwrap();
        let admin = client.database("admin");
        if admin.run_command(doc! { "ping": 1 }).await.is_ok() {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!(
        "there is no server for MongoDB: pip install nx-27017, and its path in SHARECHECK_MONGODB"
    );
}

/// A new database with these documents in each collection; its address, and a handle on it.
pub(crate) async fn database(collections: &[(&str, Vec<Document>)]) -> (SecretString, Database) {
    let server = SERVER.get_or_init(start).await;
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let at = format!("mongodb://127.0.0.1:{}", server.port);
    let client = Client::with_uri_str(&at).await.unwrap();
    let database = client.database(&name);
    for (collection, documents) in collections {
        database.create_collection(*collection).await.unwrap();
        if !documents.is_empty() {
            let collection = database.collection::<Document>(collection);
            collection.insert_many(documents).await.unwrap();
        }
    }
    (format!("{at}/{name}").into(), database)
}
