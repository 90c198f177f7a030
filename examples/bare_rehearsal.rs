//! The floor to measure a rehearsal against: sends what `rehearse before` and `rehearse after` send for the clients of a state
//! file, for new ids, with the same concurrency, but reads no answer and judges nothing.
//!
//! `bare_rehearsal URL SECRET STATE JOBS` prints the requests and the wall time in milliseconds.

use sharecheck::contract::{body, share};
use sharecheck::rehearse::state::State;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

type Error = Box<dyn std::error::Error + Send + Sync>;

#[expect(clippy::print_stdout, reason = "its only output")]
#[tokio::main]
async fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().collect();
    let [_, url, secret, state, jobs] = &args[..] else {
        return Err("usage: bare_rehearsal URL SECRET STATE JOBS".into());
    };
    let path = Path::new(state);
    let state = State::read(&File::open(path)?)?;
    let marks = state.marks();
    let jobs: usize = jobs.parse()?;
    let client = client()?;
    let began = Instant::now();
    let mut ids = Vec::new();
    let mut requests = 0;
    let permits = Arc::new(Semaphore::new(jobs));
    let mut running = JoinSet::new();
    for spare in state
        .kept(path)?
        .chain(state.spares.iter().cloned().map(Ok))
    {
        let book = spare?.book;
        let id = uuid::Uuid::new_v4().to_string();
        ids.push(id.clone());
        requests += book.stores.len();
        let permit = Arc::clone(&permits).acquire_owned().await?;
        let (client, url, secret, marks) =
            (client.clone(), url.clone(), secret.clone(), marks.clone());
        running.spawn(async move {
            let _permit = permit;
            for stored in &book.stores {
                let text = share::text(&marks.run, marks.seed, stored.serial, stored.shape);
                let text = body::store(&id, &text, stored.method.as_deref());
                post(&client, &url, &secret, body::BACKUP, text).await?;
            }
            Ok::<_, Error>(())
        });
        while let Some(done) = running.try_join_next() {
            done??;
        }
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    // Once before, once after.
    for _ in 0..2 {
        for id in &ids {
            requests += 1;
            let permit = Arc::clone(&permits).acquire_owned().await?;
            let (client, url, secret, text) =
                (client.clone(), url.clone(), secret.clone(), body::fetch(id));
            running.spawn(async move {
                let _permit = permit;
                post(&client, &url, &secret, body::FETCH, text).await
            });
            while let Some(done) = running.try_join_next() {
                done??;
            }
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
    }
    println!("{requests} {}", began.elapsed().as_millis());
    Ok(())
}

fn client() -> Result<reqwest::Client, Error> {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()?
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()?)
}

async fn post(
    client: &reqwest::Client,
    url: &str,
    secret: &str,
    path: &str,
    text: String,
) -> Result<(), Error> {
    let request = client
        .post(format!("{}{path}", url.trim_end_matches('/')))
        .header("content-type", "application/json")
        .header(body::SECRET_HEADER, secret)
        .body(text);
    request.send().await?.bytes().await?;
    Ok(())
}
