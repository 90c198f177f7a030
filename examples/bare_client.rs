//! The floor to measure against: sends what a run sends, in the same order and with the same concurrency,
//! but reads no answer, judges nothing and reports nothing. Used by `scripts/bench`.
//!
//! `bare_client URL SECRET JOBS` prints the requests, the longest chain of dependent ones and the wall time.

use sharecheck::contract::{body, share};
use sharecheck::exchange::Webhook;
use sharecheck::model::trial::{Action, Body, Request, Trial};
use sharecheck::pipeline::load::{Sources, load};
use sharecheck::pipeline::plan::{Selection, plan};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

type Error = Box<dyn std::error::Error + Send + Sync>;

#[expect(clippy::print_stdout, reason = "its only output")]
#[tokio::main]
async fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().collect();
    let [_, url, secret, jobs] = &args[..] else {
        return Err("usage: bare_client URL SECRET JOBS".into());
    };
    let faults: Vec<&str> = sharecheck::reference::Fault::ALL
        .iter()
        .map(|fault| fault.name())
        .collect();
    let suite = load(&Sources::default(), &faults)?;
    let mut plan = plan(&suite.cases, &suite.requirements, &Selection::default())?;
    let (requests, chain) = (plan.requests(), plan.longest_chain());
    plan.trials
        .sort_by_key(|trial| std::cmp::Reverse(trial.chain()));
    let client = client()?;
    let permits = Arc::new(Semaphore::new(jobs.parse()?));
    let began = Instant::now();
    let mut running = JoinSet::new();
    for trial in plan.trials {
        let permit = Arc::clone(&permits).acquire_owned().await?;
        let (client, url, secret) = (client.clone(), url.clone(), secret.clone());
        running.spawn(async move {
            let _permit = permit;
            send(&client, &url, &secret, &trial).await
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    println!("{requests} {chain} {}", began.elapsed().as_millis());
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

async fn send(
    client: &reqwest::Client,
    url: &str,
    secret: &str,
    trial: &Trial,
) -> Result<(), Error> {
    let id = uuid::Uuid::new_v4().to_string();
    for _ in &trial.clients {
        post(client, url, secret, Webhook::Fetch, body::fetch(&id)).await?;
    }
    for step in &trial.script {
        match &step.action {
            Action::Request(request) => {
                lane(
                    client,
                    url,
                    secret,
                    trial,
                    &id,
                    std::slice::from_ref(request),
                )
                .await?;
            }
            Action::Concurrently(lanes) => {
                let mut all = JoinSet::new();
                for requests in lanes.clone() {
                    let (client, url, secret) = (client.clone(), url.to_owned(), secret.to_owned());
                    let (trial, id) = (trial.clone(), id.clone());
                    all.spawn(
                        async move { lane(&client, &url, &secret, &trial, &id, &requests).await },
                    );
                }
                while let Some(done) = all.join_next().await {
                    done??;
                }
            }
            // It knows the webhooks only.
            Action::Restart | Action::Recover(_) | Action::Portal(_) => {}
        }
    }
    Ok(())
}

async fn lane(
    client: &reqwest::Client,
    url: &str,
    secret: &str,
    trial: &Trial,
    id: &str,
    requests: &[Request],
) -> Result<(), Error> {
    for request in requests {
        let text = match &request.body {
            Body::Store { method, label, .. } => {
                let shape = trial.labels.get(label).copied().unwrap_or_default();
                body::store(id, &share::text("00000000", 1, 1, shape), method.as_deref())
            }
            Body::Fetch { .. } => body::fetch(id),
            Body::Raw(template) => template.clone(),
            Body::UserStore { .. } | Body::UserFetch { .. } => continue,
        };
        post(client, url, secret, request.webhook, text).await?;
    }
    Ok(())
}

async fn post(
    client: &reqwest::Client,
    url: &str,
    secret: &str,
    to: Webhook,
    text: String,
) -> Result<(), Error> {
    let request = client
        .post(format!("{url}{}", to.path().unwrap_or_default()))
        .header("content-type", "application/json")
        .header(body::SECRET_HEADER, secret)
        .body(text);
    request.send().await?.bytes().await?;
    Ok(())
}
